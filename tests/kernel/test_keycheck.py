import base64

import pytest

from hub_app.kernel import db, keycheck, vault
from hub_app.kernel.settings import Settings, get_settings
from hub_app.kernel.vault import SealBroken


async def test_another_key_is_noticed_at_start(database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert db.current()
    vault.get_vault.cache_clear()
    await keycheck.check()
    await keycheck.check()
    other = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
    old = database.encryption_key.get_secret_value()
    for old_keys, refused in (("", True), (old, False)):
        monkeypatch.setenv("ENCRYPTION_KEY", other)
        monkeypatch.setenv("ENCRYPTION_KEYS_OLD", old_keys)
        get_settings.cache_clear()
        vault.get_vault.cache_clear()
        if refused:
            with pytest.raises(SealBroken):
                await keycheck.check()
        else:
            await keycheck.check()
    vault.get_vault.cache_clear()
