"""Tables in files: CSV and its relatives, as CRMs and spreadsheets write them."""

from hub_app.crm.tabular.encodings import ENCODINGS
from hub_app.crm.tabular.errors import NotTabular
from hub_app.crm.tabular.layout import DELIMITERS, Layout, examine
from hub_app.crm.tabular.lines import Place
from hub_app.crm.tabular.reading import PAGE, BadRow, Row, RowPage, pages, read_page

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "PAGE",
    "BadRow",
    "Layout",
    "NotTabular",
    "Place",
    "Row",
    "RowPage",
    "examine",
    "pages",
    "read_page",
]
