"""Why a setting has its value for a user: every level that says something, and what became of it (LVL-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pbxd.org.levels import Kind, Level, Setting
from pbxd.org.organization import Organization
from pbxd.org.users import User
from pbxd.org.wording import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one level says."""

    level: Level
    name: str
    """Of the user, group or organization; empty for pbxd's default."""
    value: Any
    counts: bool
    """Whether it is the value that holds, or adds to it; otherwise it is covered up, or gives nothing."""

    def __str__(self) -> str:
        return "pbxd's default" if self.level is Level.DEFAULT else f"{self.level.value} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The value that holds, and everything that was said about it, nearest first."""

    setting: Setting[Any]
    user: str
    value: Any
    sources: tuple[Source, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """For people: the value, how it comes about, and each level that says something."""
        adds = self.setting.kind is Kind.PERMISSION
        how = "what all levels give is added up" if adds else "the nearest level that sets it wins"
        wide = max(len(str(source)) for source in self.sources)
        return (
            f"{self.setting.name} of {self.user}: {in_words(self.value)}",
            f"  {self.setting.words}",
            f"  {self.setting.kind.value}: {how}",
            *(f"    {source!s:<{wide}}  {in_words(source.value)}  ({self._role(source)})" for source in self.sources),
        )

    def _role(self, source: Source) -> str:
        if self.setting.kind is Kind.SETTING:
            return "this counts" if source.counts else "covered up"
        if source.level is Level.DEFAULT:
            return "nobody says anything" if source.counts else "holds where nobody says anything"
        return "added" if source.counts else "adds nothing"


def why(organization: Organization, user: User, setting: Setting[Any]) -> Why:
    """Where the value of ``setting`` for ``user`` comes from."""
    said = [one for one in organization.said(user) if setting.name in one[2].values]
    adds = setting.kind is Kind.PERMISSION
    sources = [
        Source(
            level=level,
            name=name,
            value=says.values[setting.name],
            counts=bool(says.values[setting.name]) if adds else place == 0,
        )
        for place, (level, name, says) in enumerate(said)
    ]
    sources.append(Source(level=Level.DEFAULT, name="", value=setting.default, counts=not said))
    value = organization.effective(setting, user).value
    return Why(setting=setting, user=user.username, value=value, sources=tuple(sources))
