"""Calls that a ledger has kept, for whoever only wants to look: the database is neither made nor brought up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from pbxd.events import CallArrived
from pbxd.store.codec import decode
from pbxd.store.database import async_url
from pbxd.store.interface import StoreError

_LATEST = text("SELECT at, type, call, payload FROM events WHERE type = 'CallArrived' ORDER BY seq DESC LIMIT :most")


async def latest_calls(url: str, most: int) -> list[CallArrived]:
    """The latest calls, the newest first; empty where there is no database yet.

    Raises :class:`StoreError` for one that can't be read.
    """
    address = async_url(url)
    if _is_missing(address):
        return []
    engine = create_async_engine(address)
    try:
        async with engine.connect() as connection:
            rows = (await connection.execute(_LATEST, {"most": most})).all()
    except (DBAPIError, SQLAlchemyError, OSError) as error:
        raise StoreError(f"the database can't be read: {error.__class__.__name__}") from error
    finally:
        await engine.dispose()
    found = (decode(kind, at, call, payload) for at, kind, call, payload in rows)
    return [event for event in found if isinstance(event, CallArrived)]


def _is_missing(address: URL) -> bool:
    return address.drivername.startswith("sqlite") and not Path(address.database or "").exists()
