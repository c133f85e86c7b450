"""``pbxd prompts``: what the server itself says, in every language (SND-3)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, Config, fail, loaded

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration

prompts = typer.Typer(no_args_is_help=True, help="The system's own messages.")


class Language(StrEnum):
    """The languages of the catalogue."""

    EN = "en"
    DA = "da"
    SV = "sv"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(prompts, name="prompts")


@prompts.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="A part of a name or text; all messages without it.")] = "",
    language: Annotated[Language | None, typer.Option("--language", "-l", help="This one alone.")] = None,
    config: Config = DEFAULT,
) -> None:
    """Print the system's messages: name, where one hears it, the text in each language, and what is played instead.

    Example: pbxd prompts list --language da

    Example: pbxd prompts list leave-message
    """
    from pbxd.speech.catalogue import catalogue
    from pbxd.speech.library import Library

    library = Library(loaded(config).server.data)
    languages = [language.value] if language is not None else [each.value for each in Language]
    for entry in catalogue().messages.values():
        if what and not any(what.lower() in text.lower() for text in (entry.id, *entry.texts.values())):
            continue
        typer.echo(f"{typer.style(entry.id, bold=True)}: {entry.heard}")
        for each in languages:
            path = library.recorded(entry.id, each) if not entry.gaps else None
            typer.echo(f"  {each}  {entry.texts[each]}" + (f"  (recorded: {path})" if path is not None else ""))


@prompts.command()
def build(config: Config = DEFAULT) -> None:
    """Make the sound of everything that can be known ahead: messages, words of the configuration, music.

    A server does so by itself, 20 seconds after its start.

    Example: pbxd prompts build
    """
    import asyncio

    wanted, missing = asyncio.run(_built(loaded(config)))
    typer.echo(f"{wanted - len(missing)} of {wanted} prompts are there")
    if missing:
        fail("\n".join(f"missing ({language}): {text}" for language, text in missing), WRONG)


async def _built(configuration: Configuration) -> tuple[int, list[tuple[str, str]]]:
    """How many texts were wanted, and which of them could not be made."""
    from pbxd.clock import SystemClock
    from pbxd.speech.voices import RenderedVoices

    organizations = configuration.organizations.values()
    voices = RenderedVoices(configuration.server.data, configuration.server.speech, SystemClock())
    try:
        await voices.prepare(organizations)
        wanted = dict.fromkeys(words for each in organizations for words in voices.foreseen(each))
        missing = [words for words in wanted if not voices.renderings.has(words)]
    finally:
        voices.stop()
    return len(wanted), [(words.language, words.text) for words in missing]


@prompts.command()
def say(
    text: Annotated[str, typer.Argument(help="What is to be said.")],
    to: Annotated[Path, typer.Argument(help="The WAV file to make.")],
    language: Annotated[str, typer.Option("--language", "-l", help="Of the text.")] = "en",
    config: Config = DEFAULT,
) -> None:
    """Make a sound file of a text, as callers would hear it.

    Example: pbxd prompts say "Velkommen til Nordhavn." welcome.wav --language da
    """
    from pbxd.speech.engines.engine import SpeechError
    from pbxd.speech.narrator import Narrator

    narrator = Narrator(loaded(config).server.speech)
    try:
        narrator.make(to.absolute(), text, language)
    except SpeechError as error:
        fail(f"{to} can't be made: {error}", WRONG)
    finally:
        narrator.stop()
