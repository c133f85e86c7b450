"""``pbxd sounds``: the library of an organization (SND-1, SND-2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, Config, Within, ask, fail, fail_for, organization_of, readable

if TYPE_CHECKING:
    from pbxd.config.loading import Loaded
    from pbxd.org.organization import Organization
    from pbxd.speech.library import Library

sounds = typer.Typer(no_args_is_help=True, help="The library of sounds.")
Name = Annotated[str, typer.Argument(help="Its name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(sounds, name="sounds")


@sounds.command("list")
def list_(config: Config = DEFAULT, organization: Within = None) -> None:
    """Print the sounds of an organization, their languages, and where each is used.

    Example: pbxd sounds list
    """
    read, found, library = _opened(config, organization)
    listed = [
        *_configured(found),
        *((one.name, one.languages, one.description) for one in library.uploaded(found.name)),
    ]
    for name, languages, description in sorted(listed):
        about = f"; {description}" if description else ""
        typer.echo(f"{typer.style(name, bold=True)}: {', '.join(languages)}{about}")
        for place in _used(read, found, name):
            typer.echo(f"  used: {place}")
    if not listed:
        typer.echo("there are no sounds")


@sounds.command()
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="WAV, FLAC, MP3 or Ogg.", exists=True, dir_okay=False)],
    language: Annotated[str | None, typer.Option("--language", "-l", help="What is spoken in it.")] = None,
    description: Annotated[str | None, typer.Option("--description", "-d", help="What it is, for people.")] = None,
    config: Config = DEFAULT,
    organization: Within = None,
) -> None:
    """Put a sound file into the library, or replace one language of a sound; it counts from the next call on.

    Without --language it is in the organization's first.

    Example: pbxd sounds add welcome welcome.mp3 --language da --description "What everybody hears first"
    """
    from pbxd.media.sound.files import UnreadableSound, convert

    _, found, library = _opened(config, organization)
    language = language or found.languages[0]
    if name in found.sounds:
        fail(f"the sound {name} is in the organization's file: change it there", WRONG)
    if language not in found.languages:
        fail(f"{language} is not among the organization's languages: {', '.join(found.languages)}", WRONG)
    try:
        path = library.put(found.name, name, language, description)
        convert(file, path)
    except (ValueError, OSError, UnreadableSound) as error:
        library.remove(found.name, name, language)
        fail(f"{file} can't be taken: {error}", WRONG)
    typer.echo(f"{name} ({language}) is in the library of {found.name}")


@sounds.command()
def record(
    name: Name,
    call: Annotated[str, typer.Option("--call", help="The user who is called, and speaks.")],
    language: Annotated[str | None, typer.Option("--language", "-l", help="What is spoken in it.")] = None,
    config: Config = DEFAULT,
    organization: Within = None,
) -> None:
    """Have the running server call somebody, who records a sound of the library by phone.

    Without --language it is in that user's own.

    Example: pbxd sounds record welcome --language da --call anna
    """
    asked = ask(config, "sounds-record", user=call, name=name, language=language, organization=organization)
    typer.echo(f"{asked['user']} is called, to record {asked['sound']} ({asked['language']}): call {asked['call']}")


@sounds.command()
def remove(
    name: Name,
    language: Annotated[str | None, typer.Option("--language", "-l", help="This one alone.")] = None,
    config: Config = DEFAULT,
    organization: Within = None,
) -> None:
    """Take an uploaded sound out of the library. One that is in use stays.

    Example: pbxd sounds remove welcome
    """
    from pbxd.speech.catalogue import catalogue

    read, found, library = _opened(config, organization)
    uploaded = {sound.name: sound.languages for sound in library.uploaded(found.name)}
    if name not in uploaded:
        own = "is in the organization's file: remove it there" if name in found.sounds else ""
        own = own or ("is one of pbxd's own" if name in catalogue().messages else "is not in the library")
        fail(f"the sound {name} {own}", WRONG)
    if language is not None and language not in uploaded[name]:
        fail(f"the sound {name} is not there in {language}", WRONG)
    used = _used(read, found, name)
    last = language is None or uploaded[name] == (language,)
    if last and used and name not in catalogue().messages:
        fail("\n".join([f"the sound {name} is in use:", *(f"  {place}" for place in used)]), WRONG)
    library.remove(found.name, name, language)
    typer.echo(f"{name}{f' ({language})' if language else ''} is removed")


def _configured(organization: Organization) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Name, languages and description of each sound of the organization's file."""
    for sound in organization.sounds.values():
        spoken = [f"{language} (spoken)" for language in sound.texts]
        yield sound.name, (*sound.files, *spoken), sound.description


def _opened(config: Path, organization: str | None) -> tuple[Loaded, Organization, Library]:
    from pbxd.config.loading import read_all
    from pbxd.errors import ConfigError
    from pbxd.speech.library import Library

    try:
        read = read_all(readable(config))
    except ConfigError as error:
        fail_for(error)
    configuration = read.configuration
    return read, organization_of(configuration, organization), Library(configuration.server.data)


def _used(read: Loaded, organization: Organization, name: str) -> list[str]:
    """Where the organization's file names a sound, as a person finds it."""
    from pbxd.config.checks.references import sounds_named
    from pbxd.config.source import dotted

    file = read.organizations[organization.name]
    return [
        f"{dotted(path)} ({file.source.name}:{file.source.line(path)})"
        for found, path in sounds_named(file.model)
        if found == name
    ]
