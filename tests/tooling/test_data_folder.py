"""What Hub writes is its user's alone, whatever the folder was like before."""

import base64
import stat
from pathlib import Path

import httpx
import pytest

from hub_app.kernel import datafolder
from hub_app.kernel.settings import Settings
from tests import other_process, running
from tests import people as seeded
from tests.browser.websocket_client import tab


def open_to_others(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


def test_nothing_that_hub_writes_can_be_read_by_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "states").mkdir(parents=True, mode=0o755)
    (data / "hub.db").touch(mode=0o644)
    keys = f"ENCRYPTION_KEY={base64.urlsafe_b64encode(bytes(32)).decode()}\nSECRET_KEY=planted\n"
    (data / "keys.env").write_text(keys)
    (data / "keys.env").chmod(0o644)
    (data / "states" / "former.pkl").write_bytes(b"planted-secret")
    data.chmod(0o755)
    (data / "states" / "former.pkl").chmod(0o644)
    with running.hub(tmp_path) as hub:
        everyone = other_process.in_database(tmp_path, seeded.seed)
        cookie = other_process.in_database(tmp_path, lambda: seeded.cookie(everyone.alice))

        async def look() -> None:
            async with tab(hub.url, cookie=cookie, load="/account") as one:
                await one.answer()

        other_process.run(look)
        httpx.get(f"{hub.url}/login", trust_env=False)
        hub.stop()
    assert list((data / "states").glob("*.pkl")), "the states of a person's tab are kept"
    assert (data / "hub.db").stat().st_size > 0
    assert not (data / "states" / "former.pkl").exists()
    assert open_to_others(data) == []


def test_a_database_elsewhere_is_tightened_too(tmp_path: Path, settings: Settings) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    for ending in ("", "-wal", "-shm"):
        Path(f"{elsewhere}{ending}").touch(mode=0o644)
    datafolder.tighten(settings.model_copy(update={"database_url": f"sqlite:///{elsewhere}"}))
    assert [one for one in open_to_others(tmp_path) if one.startswith("elsewhere")] == []


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, settings: Settings, there: bool) -> None:  # noqa: FBT001
    folder = tmp_path / "data"
    if there:
        folder.mkdir()
    datafolder.tighten(settings)
    assert folder.exists() is there
