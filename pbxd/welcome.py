"""What a newcomer needs to know to place a first call."""

from __future__ import annotations

from pbxd.config import Configuration


def welcome_text(configuration: Configuration) -> str:
    """Which phones can register where and with which secrets, which numbers to dial, and how to stop.

    For the example configuration, whose secrets are no secrets; never for a log.
    """
    listeners = [listen for listen in configuration.server.listen if listen.active]
    where = ", ".join(f"{listen.host}:{listen.port} ({listen.transport})" for listen in listeners)
    lines = ["", f"pbxd listens for phones on {where}.", ""]
    for organization in configuration.organizations.values():
        lines.append(f"{organization.title}: phones register with domain {organization.domain}")
        lines.append("  (or with the server's address for a domain) and one of these accounts:")
        lines.append("")
        lines.append(f"    {'account':<14} {'password':<20} {'person':<14} dial")
        for user in organization.users.values():
            numbers = " or ".join(filter(None, (line.alias or line.number for line in user.lines[:1])))
            lines.extend(
                f"    {device.name:<14} {device.password:<20} {user.name:<14} {numbers}"
                for device in user.devices
                if device.registers
            )
        lines.append("")
    lines.append("Stop with Ctrl-C. Every event is a line on standard output.")
    return "\n".join([*lines, ""])
