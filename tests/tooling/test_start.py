"""When Hub cannot start it says in plain words what is wrong and what to do."""

import socket
from pathlib import Path

from tests import running
from tests.commands import hub


def refusal(folder: Path, **settings: str) -> str:
    ended = hub("run", folder, **{"HOST": "127.0.0.1", "PORT": str(running.free_port())} | settings)
    assert ended.returncode == 1
    log = ended.stdout + ended.stderr
    assert "Traceback" not in log
    return log


def test_port_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        log = refusal(tmp_path, PORT=port)
    assert f"port {port} cannot be used: Address already in use" in log
    assert "PORT=" in log


def test_bad_settings_are_all_named(tmp_path: Path) -> None:
    log = refusal(tmp_path, WEBHOOK_MAX_RETRIES="many", PUBLIC_URL="hub.example.com", ENCRYPTION_KEY="short")
    assert "WEBHOOK_MAX_RETRIES must be a whole number" in log
    assert "PUBLIC_URL must be scheme and host" in log
    assert "ENCRYPTION_KEY must be" in log
    assert "short" not in log


def test_database_unreachable(tmp_path: Path) -> None:
    port = running.free_port()
    log = refusal(tmp_path, DATABASE_URL=f"postgresql://hub:s3cr3t@127.0.0.1:{port}/hub")
    assert "could not be opened or migrated" in log
    assert "DATABASE_URL" in log
    assert "s3cr3t" not in log
