"""A large organization: what says nothing is shared, so that thousands of users stay small."""

from __future__ import annotations

import pickle
from pathlib import Path

from bench.organization import write
from pbxd.config import load
from pbxd.org.levels import RING_SECONDS


def test_users_who_say_nothing_share_what_they_say(tmp_path: Path) -> None:
    configuration = load(write(tmp_path, users=200, rules=40, queues=5))
    # It comes from another process, by way of pickle.
    organization = pickle.loads(pickle.dumps(configuration)).organizations["large"]
    silent = [user for user in organization.users.values() if not user.settings.values]
    assert len(silent) == 180
    for one in ("settings", "contacts", "shortcuts", "profiles", "fields"):
        assert len({id(getattr(user, one)) for user in silent}) == 1, one
    assert organization.effective(RING_SECONDS, organization.users["user10"]).value == 40
    assert organization.queues["queue-4"].distribution.ring_seconds == 15
    assert sum(len(group.rules.incoming.overridable) for group in organization.groups.values()) == 30
