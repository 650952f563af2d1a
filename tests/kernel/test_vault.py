from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from hub_app.kernel import capabilities, rotation
from hub_app.kernel.tables import Job
from hub_app.kernel.tenancy import TenantOwned
from hub_app.kernel.vault import SealBroken, Vault, hint
from hub_app.webhooks.tables import WebhookEndpoint

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
TENANT, ROW = uuid4(), uuid4()


def seal(vault: Vault, value: str) -> bytes:
    return vault.seal(value, tenant_id=TENANT, table="t", row_id=ROW, field="f")


def unseal(vault: Vault, sealed: bytes, **place: UUID | str) -> str:
    where: dict[str, UUID | str] = {"tenant_id": TENANT, "table": "t", "row_id": ROW, "field": "f"}
    return vault.open(sealed, **(where | place))  # type: ignore[arg-type]


@given(st.text())
def test_what_was_sealed_opens(value: str) -> None:
    vault = Vault([KEY])
    sealed = seal(vault, value)
    assert unseal(vault, sealed) == value
    assert len(value) < 4 or value.encode() not in sealed


@pytest.mark.parametrize(
    "place",
    [{"tenant_id": uuid4()}, {"table": "u"}, {"row_id": uuid4()}, {"field": "g"}],
    ids=lambda p: next(iter(p)),
)
def test_a_value_copied_elsewhere_does_not_open(place: dict[str, UUID | str]) -> None:
    vault = Vault([KEY])
    with pytest.raises(SealBroken):
        unseal(vault, seal(vault, "secret"), **place)


def test_a_changed_value_does_not_open() -> None:
    vault = Vault([KEY])
    sealed = bytearray(seal(vault, "secret"))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken):
        unseal(vault, bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 5, 6, 16, 17, 30])
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    """Whatever is left of it: in words, as all that does not open."""
    vault = Vault([KEY])
    with pytest.raises(SealBroken):
        unseal(vault, seal(vault, "secret")[:length])


def test_the_ring_opens_old_values_and_seals_with_the_new_key() -> None:
    old, ring = Vault([KEY]), Vault([OTHER, KEY])
    sealed = seal(old, "secret")
    assert unseal(ring, sealed) == "secret"
    assert not ring.is_current(sealed)
    assert ring.is_current(seal(ring, "secret"))
    with pytest.raises(SealBroken):
        unseal(Vault([OTHER]), sealed)


@pytest.mark.parametrize(("secret", "shown"), [("abcdefghij", "••••••ghij"), ("short", "••••••")])
def test_hints(secret: str, shown: str) -> None:
    assert hint(secret) == shown


def test_a_new_key_reaches_every_table_that_a_tenant_owns() -> None:
    """Also those that derive from it through another base, as jobs do."""
    capabilities.load_tables()
    mappers = SQLModel._sa_registry.mappers  # noqa: SLF001 - it has no public name
    owned = {one.class_ for one in mappers if issubclass(one.class_, TenantOwned)}
    assert {Job, WebhookEndpoint} <= owned == set(rotation.tables_of(TenantOwned))
