"""The PROXY protocol's header, read with no leniency and no code of the gateway's: HAProxy's proxy-protocol.txt."""

import dataclasses
import ipaddress
import re
import struct

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_ADDRESSES = {0x11: (4, "!HH"), 0x21: (16, "!HH")}  # bytes of an address, by family and transport


@dataclasses.dataclass
class Header:
    size: int
    source: tuple  # (address, port)
    destination: tuple
    tlvs: dict  # type -> value; empty in version 1
    checksum: bool | None = None  # whether it holds; None: there is none

    def ssl(self):
        """(client, verify, {type: value}) of PP2_TYPE_SSL."""
        value = self.tlvs[0x20]
        client, verify = struct.unpack("!BI", value[:5])
        return client, verify, _read_tlvs(value, 5)


def read_header(data):
    """The header that `data` begins with; fails where there is none, or it is not whole."""
    if data.startswith(_SIGNATURE):
        return _read_v2(data)
    line = re.match(rb"PROXY TCP([46]) (\S+) (\S+) (0|[1-9]\d*) (0|[1-9]\d*)\r\n", data)
    if not line or line.end() > 107:
        raise AssertionError(f"no PROXY header: {data[:107]!r}")
    ends = [(str(ipaddress.ip_address(line[at].decode())), int(line[at + 2])) for at in (2, 3)]
    if any(ipaddress.ip_address(address).version != int(line[1]) for address, _ in ends):
        raise AssertionError(f"another family: {line[0]!r}")
    return Header(line.end(), *ends, {})


def _read_v2(data):
    command, family, length = struct.unpack("!BBH", data[12:16])
    if command != 0x21 or family not in _ADDRESSES or len(data) < 16 + length:
        raise AssertionError(f"a PROXY header of command {command:#x}, family {family:#x}, length {length}: {data!r}")
    header = data[: 16 + length]
    size, ports = _ADDRESSES[family]
    start = 16 + 2 * size + 4
    source, destination = (str(ipaddress.ip_address(header[at : at + size])) for at in (16, 16 + size))
    source_port, destination_port = struct.unpack(ports, header[start - 4 : start])
    tlvs = _read_tlvs(header, start)
    checksum = None
    if 0x03 in tlvs:
        said = tlvs[0x03]
        place = header.index(b"\x03\x00\x04" + said, start) + 3
        checksum = _crc32c(header[:place] + bytes(4) + header[place + 4 :]) == int.from_bytes(said, "big")
    return Header(len(header), (source, source_port), (destination, destination_port), tlvs, checksum)


def _read_tlvs(data, at):
    found = {}
    while at < len(data):
        kind, length = struct.unpack("!BH", data[at : at + 3])
        if kind in found or at + 3 + length > len(data):
            raise AssertionError(f"TLV {kind:#x} of {length} bytes at {at}: {data!r}")
        found[kind] = data[at + 3 : at + 3 + length]
        at += 3 + length
    return found


def _crc32c(data):
    """RFC 4960, Appendix B; bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
