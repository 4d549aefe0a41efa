from __future__ import annotations

import struct

import pytest

from setsquare._sandbox_exec import ALLOW, DENY, is_supported, seccomp_program

X86, ARM = 0xC000003E, 0xC00000B7


def judged(program: bytes, arch: int, number: int, *args: int) -> int:
    """Run a filter as the kernel does."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(*args, 0, 0, 0, 0, 0, 0)[:6])
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = value = 0
    while True:
        operation, yes, no, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                value = int(struct.unpack_from("=I", data, operand)[0])
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(f"unknown instruction {operation:#x}")


@pytest.mark.parametrize("has_network", [True, False])
@pytest.mark.parametrize(("machine", "arch"), [("x86_64", X86), ("aarch64", ARM)])
def test_every_number_is_judged(machine, arch, has_network):
    program = seccomp_program(machine, has_network_namespace=has_network)
    assert len(program) // 8 < 4096
    verdicts = {judged(program, arch, number) for number in range(600)}
    assert ALLOW in verdicts
    assert DENY in verdicts


@pytest.mark.parametrize(
    ("number", "args"),
    [
        (101, ()),  # ptrace
        (425, ()),  # io_uring_setup
        (272, (0x10000000,)),  # unshare
        (56, (0x10000011,)),  # clone into a new user namespace
        (41, (17,)),  # socket of packets
        (90, (0, 0o4755)),  # chmod
        (2, (0, 0x41, 0o2777)),  # open, creating
        (257, (0, 0, 0x410000, 0o4777)),  # openat with O_TMPFILE
        (16, (0, 0x5412)),  # typing into a terminal
        (0x40000000 + 39, ()),  # x32
    ],
)
def test_denied_on_x86_64(number, args):
    assert judged(seccomp_program("x86_64", has_network_namespace=True), X86, number, *args) == DENY


@pytest.mark.parametrize(
    ("number", "args"),
    [
        (0, ()),  # read
        (41, (2,)),  # socket
        (56, (0x1200011,)),  # fork
        (90, (0, 0o755)),  # chmod
        (2, (0, 0, 0o7777)),  # open without creating: the mode is noise
        (257, (0, 0, 0x10000, 0o7777)),  # openat of a folder
        (16, (0, 0x5413)),  # size of a terminal
        (76, ()),  # truncate
    ],
)
def test_allowed_on_x86_64(number, args):
    assert judged(seccomp_program("x86_64", has_network_namespace=True), X86, number, *args) == ALLOW


def test_without_a_network_namespace_only_pairs_are_left():
    program = seccomp_program("aarch64", has_network_namespace=False)
    assert judged(program, ARM, 198, 1) == DENY
    assert judged(program, ARM, 199, 1) == ALLOW
    assert judged(program, ARM, 199, 2) == DENY


def test_another_machine_is_denied():
    program = seccomp_program("x86_64", has_network_namespace=True)
    assert judged(program, 0x40000003, 0) == DENY
    assert judged(program, ARM, 0) == DENY
    assert not is_supported("riscv64")


def test_truncate_is_denied_where_landlock_does_not_guard_it():
    program = seccomp_program("x86_64", has_network_namespace=False, guards_truncate=False)
    assert judged(program, X86, 76) == DENY
