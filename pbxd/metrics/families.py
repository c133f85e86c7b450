"""The families of metrics, by Prometheus' conventions: base units, ``_total`` for what only grows, few labels.

Labels are bounded: results and statuses are words of ours, trunks are those of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pbxd import events
from pbxd.metrics.figures import MAX_TRUNKS, RESULTS, Figures, Histogram

NAMES = {"email": "mails", "sms": "sms"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with its samples, as plain data."""

    name: str
    """Without ``_total``, ``_bucket`` and the like."""
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    label: str = ""
    """Name of the only label; empty: none."""
    samples: Mapping[str, float]
    """By the label's value, or by the upper bound; the sum of a histogram is ``sum``."""


def as_data(families: Sequence[Family]) -> list[dict[str, Any]]:
    """For the control socket."""
    return [asdict(family) for family in families]


def families(figures: Figures, status: Mapping[str, Any]) -> list[Family]:
    """Everything that is known: what ``figures`` add up to, and how things stand by ``pbxd status --json``."""
    return [*_counted(figures), *_standing(status), *_trunks(status["trunks"]), *_process(status)]


def _counted(figures: Figures) -> Iterator[Family]:
    counts = figures.counts
    registered = counts[events.Registered]
    yield _counter("calls_arrived", "Calls that were let in", counts[events.CallArrived])
    yield _counters("calls_ended", "Calls that are over", "result", figures.ended)
    yield _counter("legs_dialled", "Attempts to reach a device or trunk", counts[events.LegDialled])
    yield _counter("legs_answered", "Legs that were answered", counts[events.LegAnswered])
    yield _histogram("call_setup_seconds", "From a call's arrival to its first answer", figures.setup)
    yield _histogram("call_talk_seconds", "How long answered calls were talked", figures.talk)
    done = {"done": counts[events.CallTransferred], "failed": counts[events.TransferFailed]}
    yield _counters("transfers", "Transfers", "result", done)
    yield _counter("crashes", "Calls and messages that met a bug", counts[events.CallCrashed])
    yield _counter("silent_legs", "Parties that were not heard any more", counts[events.LegSilent])
    yield _counter("media_problems", "What the media engine could not do", counts[events.MediaProblem])
    made = {"new": registered - figures.refreshes, "refresh": figures.refreshes}
    yield _counters("registrations_made", "Registrations that were accepted", "kind", made)
    yield _counter("registrations_gone", "Registrations that ended", counts[events.Unregistered])
    yield _counters(
        "requests_refused", "Requests that were refused before they began anything", "status", figures.refused
    )
    yield _counter("bans", "Accounts and addresses that were banned", counts[events.Banned])
    yield _counters("trunk_failures", "Times that a trunk went down", "trunk", figures.trunk_failures)
    messages = {
        "accepted": counts[events.MessageAccepted],
        "delivered": counts[events.MessageDelivered],
        "kept": counts[events.MessageKept],
    }
    yield _counters("short_messages", "Short messages", "result", messages)
    yield from _notices(figures)
    reloads = {"done": counts[events.ConfigReloaded], "refused": counts[events.ReloadRefused]}
    yield _counters("config_reloads", "Reloads of the configuration", "result", reloads)
    yield _gauge(
        "config_last_reload_time_seconds", "When it was last reloaded, since 1970; 0: never", figures.last_reload
    )


def _notices(figures: Figures) -> Iterator[Family]:
    for channel, name in NAMES.items():
        values = {result: figures.notices[channel, result] for result in RESULTS.values()}
        yield _counters(name, f"Attempts to send {name}", "result", values)


def _standing(status: Mapping[str, Any]) -> Iterator[Family]:
    messages, overload, ledger = status["messages"], status["overload"], status["ledger"]
    yield _gauge("ready", "Whether calls should be sent here", not status["problems"])
    yield _gauge("draining", "Whether it stops when its calls have ended", status["draining"])
    yield _gauge("calls", "Calls that run", status["running"])
    yield _gauge("registrations", "Devices' bindings", status["registrations"])
    yield _gauge("subscriptions", "Subscriptions of devices", status["subscriptions"])
    yield _gauge("short_messages_waiting", "Short messages that wait for a device", status["messages_waiting"])
    for channel, name in NAMES.items():
        found = status["notices"][channel]
        yield _gauge(f"{name}_waiting", f"How many {name} wait to be sent", found["waiting"])
        yield _gauge(f"{name}_given_up", f"How many {name} were given up and are still listed", found["dead"])
    yield _gauge("banned", "Accounts and addresses that are not heard", status["defence"]["bans"])
    yield _gauge("sip_sessions", "INVITE sessions", status["sessions"])
    yield _gauge("sip_transactions", "SIP transactions, with those that linger", status["transactions"])
    yield _gauge("sip_connections", "Open TCP, TLS and WebSocket connections", status["connections"])
    directions = {way: messages.get(way, 0) for way in ("received", "sent")}
    yield _counters("sip_messages", "SIP messages", "direction", directions)
    yield _counter("sip_malformed_messages", "SIP messages that can't be read", messages.get("malformed", 0))
    yield _gauge("overload_waiting_messages", "SIP messages that wait their turn", overload["waiting"])
    yield _counter("overload_turned_away", "Requests that were answered 503 for overload", overload["turned_away"])
    yield _gauge("media_ports", "Media ports that are open", status["media_ports"])
    yield _gauge("ledger_pending_events", "Events that wait for the database", ledger["pending"])
    yield _counter("ledger_lost_events", "Events that the database never got", ledger["lost"])
    ends = {found["certificate"]: float(found["expires"]) for found in status["certificates"]}
    words = "When a certificate ends to be valid, since 1970"
    yield Family(
        name="pbxd_certificate_expiry_time_seconds", kind="gauge", help=words, label="certificate", samples=ends
    )


def _trunks(trunks: Sequence[Mapping[str, Any]]) -> Iterator[Family]:
    few = trunks[:MAX_TRUNKS]
    up = {found["trunk"]: float(not found["unusable"]) for found in few}
    calls = {found["trunk"]: float(found["calls"]) for found in few}
    yield Family(name="pbxd_trunk_up", kind="gauge", help="Whether calls may go that way", label="trunk", samples=up)
    yield Family(name="pbxd_trunk_calls", kind="gauge", help="Calls that it carries", label="trunk", samples=calls)


def _process(status: Mapping[str, Any]) -> Iterator[Family]:
    """Of the process that serves SIP, by the names that every exporter uses."""
    build = {status["version"]: 1.0}
    yield Family(name="pbxd_build_info", kind="gauge", help="Version", label="version", samples=build)
    yield _gauge(
        "event_loop_late_seconds", "How late the event loop was at most, just now", status["load"]["late_seconds"]
    )
    yield _counter("log_lost_lines", "Lines of the log that nobody read in time", status["log"]["lost"])
    yield _counter("process_cpu_seconds", "Time on a processor", status["load"]["cpu_seconds"], prefix="")
    yield _gauge("process_start_time_seconds", "When it began, since 1970", status["started"], prefix="")
    if status["rss_bytes"] is not None:
        yield _gauge("process_resident_memory_bytes", "Memory in RAM", status["rss_bytes"], prefix="")
    if status["open_files"] is not None:
        yield _gauge("process_open_fds", "Open file descriptors", status["open_files"], prefix="")


def _counter(name: str, words: str, value: float, *, prefix: str = "pbxd_") -> Family:
    return Family(name=prefix + name, kind="counter", help=words, samples={"": float(value)})


def _counters(name: str, words: str, label: str, values: Mapping[str, float]) -> Family:
    return Family(name=f"pbxd_{name}", kind="counter", help=words, label=label, samples=dict(sorted(values.items())))


def _gauge(name: str, words: str, value: float, *, prefix: str = "pbxd_") -> Family:
    return Family(name=prefix + name, kind="gauge", help=words, samples={"": float(value)})


def _histogram(name: str, words: str, found: Histogram) -> Family:
    samples: dict[str, float] = {}
    total = 0
    for bound, number in zip((*found.bounds, "+Inf"), found.counts, strict=True):
        total += number
        samples[str(bound)] = float(total)
    return Family(name=f"pbxd_{name}", kind="histogram", help=words, samples=samples | {"sum": found.sum})
