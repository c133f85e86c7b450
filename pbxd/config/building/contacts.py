"""Contact lists, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pbxd.config.models import contacts as files
from pbxd.org.contacts import NOBODY, Contact, ContactNumber, Contacts
from pbxd.org.directory import DirectoryField


def contacts(model: files.Contacts | None) -> Contacts:
    """The list of one organization, group or user; everybody without any shares one."""
    if model is None or not (model.internal or model.external):
        return NOBODY
    internal = [_contact(one, mandatory=True) for one in model.internal]
    return Contacts((*internal, *(_contact(one, mandatory=False) for one in model.external)))


def directory_fields(models: Sequence[files.DirectoryField]) -> Mapping[str, DirectoryField]:
    """The fields that an organization has named, by id."""
    return {
        model.id: DirectoryField(
            id=model.id,
            labels=dict(model.name),
            searchable=model.searchable,
            editable=model.editable_by_user,
            moderated=model.moderated,
        )
        for model in models
    }


def _contact(model: files.Contact, *, mandatory: bool) -> Contact:
    return Contact(
        numbers=tuple(ContactNumber(number=one.number, type=one.type, short=one.short) for one in model.numbers),
        kind=model.kind,
        first_name=model.first_name or "",
        last_name=model.last_name or "",
        company=model.company or "",
        email=model.email or "",
        mandatory=mandatory,
    )
