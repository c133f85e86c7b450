"""pbxd: a hosted-PBX server, an asyncio SIP B2BUA that can say why a call went where it went."""

__version__ = "0.1.0"
