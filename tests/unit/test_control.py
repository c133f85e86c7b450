from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from pbxd.control import MAX_REQUEST, Command, ControlError, ControlServer, call
from pbxd.errors import Refused


def status() -> dict[str, Any]:
    return {"calls": 2, "organizations": ["nordhavn"]}


def hangup(call: str, reason: str = "") -> dict[str, Any]:
    if call != "c1":
        raise Refused(404, f"no call {call}")
    return {"ended": call, "reason": reason}


async def reload() -> dict[str, Any]:
    await asyncio.sleep(0)
    return {"changed": True}


async def broken() -> dict[str, Any]:
    raise RuntimeError("a bug")


COMMANDS: dict[str, Command] = {"status": status, "hangup": hangup, "reload": reload, "broken": broken}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "control"


@asynccontextmanager
async def serving(path: Path, **bounds: int) -> AsyncIterator[ControlServer]:
    async with asyncio.TaskGroup() as tasks:
        server = ControlServer(path, COMMANDS, tasks=tasks, **bounds)
        await server.start()
        try:
            yield server
        finally:
            server.close()


async def ask(path: Path, command: str, **arguments: Any) -> dict[str, Any]:
    """What the CLI does, from a thread because it blocks."""
    return await asyncio.to_thread(partial(call, path, command, **arguments))


def mode(path: Path) -> int | None:
    """The permissions of a file; ``None`` where there is none."""
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except FileNotFoundError:
        return None


class Client:
    """A connection that sends what a test likes."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.setblocking(False)
        self._path = path

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().sock_connect(self._socket, str(self._path))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def send(self, data: bytes, *, end: bool = False) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)
        if end:
            self._socket.shutdown(socket.SHUT_WR)

    async def lines(self) -> list[dict[str, Any]]:
        """Everything until the server closes."""
        received = b""
        while piece := await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16):
            received += piece
        return [json.loads(line) for line in received.splitlines()]


async def test_commands_are_answered(path: Path) -> None:
    async with serving(path):
        assert await ask(path, "status") == status()
        assert await ask(path, "hangup", call="c1", reason="asked") == {"ended": "c1", "reason": "asked"}
        assert await ask(path, "reload") == {"changed": True}


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("hangup", {"call": "c9"}, "404 no call c9"),
        ("hangup", {}, "missing a required argument: 'call'"),
        ("status", {"verbose": True}, "unexpected keyword argument 'verbose'"),
        ("dance", {}, "no command 'dance'; there are broken, hangup, reload, status"),
        ("broken", {}, "a bug in pbxd, see its log: RuntimeError: a bug"),
    ],
)
async def test_errors_are_values(path: Path, command: str, arguments: dict[str, Any], words: str) -> None:
    async with serving(path):
        with pytest.raises(ControlError, match=words):
            await ask(path, command, **arguments)
        assert await ask(path, "status") == status(), "it cost the server nothing"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"arguments": {}}',
        b'{"command": "status", "arguments": 3}',
        b'{"command": ["status"]}',
        b"[" * 30_000,
        b"\xff\xfe",
    ],
)
async def test_what_is_no_request_gets_an_error(path: Path, line: bytes) -> None:
    async with serving(path), Client(path) as client:
        await client.send(line + b"\n", end=True)
        assert ["error" in answer for answer in await client.lines()] == [True]


async def test_requests_of_one_connection_are_answered_in_order(path: Path) -> None:
    requests = b"".join(json.dumps({"command": name}).encode() + b"\n" for name in ("reload", "status", "reload"))
    async with serving(path), Client(path) as client:
        await client.send(requests, end=True)
        assert await client.lines() == [
            {"result": {"changed": True}},
            {"result": status()},
            {"result": {"changed": True}},
        ]


async def test_many_requests_in_one_piece(path: Path) -> None:
    async with serving(path), Client(path) as client:
        await client.send(b'{"command":"status"}\n' * 2000, end=True)
        assert len(await client.lines()) == 2000


async def test_a_request_without_end_is_bounded(path: Path) -> None:
    async with serving(path), Client(path) as client:
        await client.send(b"x" * (MAX_REQUEST + 1))
        assert await client.lines() == [{"error": f"a request has at most {MAX_REQUEST} bytes"}]


async def test_connections_are_bounded(path: Path) -> None:
    async with serving(path, connections=1), Client(path) as first, Client(path) as second:
        assert await second.lines() == [{"error": "too many connections"}]
        await first.send(b'{"command":"status"}\n', end=True)
        assert await first.lines() == [{"result": status()}]


async def test_a_client_that_leaves_before_its_answer_is_no_trouble(path: Path) -> None:
    async with serving(path):
        async with Client(path) as client:
            await client.send(b'{"command":"reload"}\n')
        assert await ask(path, "status") == status()


async def test_only_the_owner_may_open_the_socket(path: Path) -> None:
    before = os.umask(0)
    try:
        async with serving(path):
            assert mode(path) == 0o600
    finally:
        os.umask(before)


async def test_the_file_is_made_with_its_mode_and_not_given_it_afterwards(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    before = os.umask(0)
    try:
        async with serving(path):
            assert mode(path) == 0o600
    finally:
        os.umask(before)


async def test_a_second_server_is_refused_and_the_first_lives_on(path: Path) -> None:
    async with serving(path):
        with pytest.raises(ControlError, match="another pbxd is running"):
            await ControlServer(path, COMMANDS).start()
        assert await ask(path, "status") == status()


@pytest.fixture
def stale(path: Path) -> Path:
    """The socket file of a server that was killed."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    return path


async def test_the_file_of_a_dead_server_is_replaced_and_a_live_ones_taken_away(stale: Path) -> None:
    async with serving(stale):
        assert await ask(stale, "status") == status()
    assert mode(stale) is None
    async with serving(stale):
        pass


@pytest.fixture
def in_the_way(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text("precious")
    return path


async def test_a_file_that_is_no_socket_is_left_alone(in_the_way: Path) -> None:
    for _ in range(2):
        with pytest.raises(ControlError, match="is in the way"):
            await ControlServer(in_the_way, COMMANDS).start()
    assert mode(in_the_way) is not None


async def test_a_path_that_is_too_long_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="can't be made"):
        await ControlServer(tmp_path / ("x" * 200), COMMANDS).start()


def test_nobody_answers(path: Path, stale: Path) -> None:
    with pytest.raises(ControlError, match="no pbxd is running"):
        call(path, "status")
    with pytest.raises(ControlError, match="no pbxd is running"):
        call(stale.parent / "other", "status")


async def test_without_a_task_group_only_quick_commands_run(path: Path) -> None:
    server = ControlServer(path, COMMANDS)
    await server.start()
    with pytest.raises(ControlError, match="no commands that take time"):
        await ask(path, "reload")
    assert await ask(path, "status") == status()
    server.close()
    server.close()
