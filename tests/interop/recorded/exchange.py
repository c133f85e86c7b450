"""What an Exchange server answers, in the form in which Exchange 2016 does; the people are made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ENVELOPE = """\
<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">
<s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6"
 Version="V2017_07_11" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"
 xmlns="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header>
<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<m:{kind}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>
{message}
</m:ResponseMessages></m:{kind}Response></s:Body></s:Envelope>
"""
FOLDER = """\
<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders>
<t:{tag}><t:FolderId Id="AAMkADE-{name}" ChangeKey="AwAAABYA"/><t:DisplayName>{title}</t:DisplayName>
<t:TotalCount>4</t:TotalCount><t:ChildFolderCount>0</t:ChildFolderCount></t:{tag}>
</m:Folders></m:GetFolderResponseMessage>"""
FOUND = """\
<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>
<m:RootFolder TotalItemsInView="{count}" IncludesLastItemInRange="true"><t:Items>
{items}
</t:Items></m:RootFolder></m:FindItemResponseMessage>"""
ITEM = """\
<t:CalendarItem><t:ItemId Id="AAMkADE-{number}" ChangeKey="DwAAABYA"/><t:Subject>{subject}</t:Subject>
<t:Sensitivity>{sensitivity}</t:Sensitivity><t:Start>{start}</t:Start><t:End>{end}</t:End>
<t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>{busy}</t:LegacyFreeBusyStatus>
<t:Location>{location}</t:Location><t:IsCancelled>false</t:IsCancelled>
<t:MyResponseType>{response}</t:MyResponseType></t:CalendarItem>"""
GOT = """\
<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>
<m:Items>{item}</m:Items></m:GetItemResponseMessage>"""
ID = '<t:CalendarItem><t:ItemId Id="AAMkADE-{number}" ChangeKey="DwAAABYA"/></t:CalendarItem>'
REFUSED = """\
<m:{kind}ResponseMessage ResponseClass="Error"><m:MessageText>{text}</m:MessageText>
<m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>
</m:{kind}ResponseMessage>"""


def folder(name: str) -> str:
    """The answer to GetFolder, for ``root`` or ``calendar``."""
    tag = "CalendarFolder" if name == "calendar" else "Folder"
    return ENVELOPE.format(kind="GetFolder", message=FOLDER.format(tag=tag, name=name, title=name.title()))


def found(count: int) -> str:
    """The answer to FindItem with a CalendarView: the ids of what is in it."""
    written = "\n".join(ID.format(number=number) for number in range(count))
    return ENVELOPE.format(kind="FindItem", message=FOUND.format(count=count, items=written))


def items(found: Sequence[Mapping[str, str]]) -> str:
    """The answer to GetItem for all of them."""
    usual = {"sensitivity": "Normal", "busy": "Busy", "location": "", "response": "Accept", "subject": ""}
    written = [ITEM.format(**{**usual, "number": str(number), **one}) for number, one in enumerate(found)]
    return ENVELOPE.format(kind="GetItem", message="\n".join(GOT.format(item=one) for one in written))


def refused(kind: str, code: str, text: str) -> str:
    """The answer to a request that the server does not do."""
    return ENVELOPE.format(kind=kind, message=REFUSED.format(kind=kind, code=code, text=text))
