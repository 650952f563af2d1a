"""What accounts of CRMs hold about people: next to nothing."""

from hub_app.crm.tables import CrmAccount, CrmExport, CrmExportPiece, CrmFile, CrmFilePiece
from hub_app.kernel.personal import ERASED, Personal, leaves, masked

PERSONAL = [
    Personal(
        model=CrmAccount,
        what="Accounts of CRMs",
        page="/crm/connections",
        alone={"name": leaves(ERASED), "settings": masked, "headers": masked, "source": masked},
        nothing={
            "What opens doors: a program's, and nobody's data": ["secrets", "hints", "inbound_hint"],
            "A digest": ["inbound_digest"],
            "Words of Hub's own": ["auth_type"],
        },
    ),
    Personal(
        model=CrmFile,
        what="Files to import",
        page="/crm/connections",
        alone={"name": leaves(ERASED), "columns": masked, "layout": masked},
        nothing={"A digest": ["digest"], "Words of Hub's own": ["feature", "resource"]},
    ),
    Personal(
        model=CrmExport,
        what="Exports of everything",
        page="/crm/exports",
        names=["asked_by"],
        nothing={"A digest": ["digest"], "Figures": ["counts"]},
        unsearchable=True,
        deleted=True,
    ),
    Personal(model=CrmExportPiece, what="Contents of exports", nothing={"Goes with its export": ["content"]}),
    Personal(
        model=CrmFilePiece,
        what="Contents of files to import",
        page="/crm/connections",
        whole={"content": leaves(b"")},
        deleted=True,
    ),
]
