"""Starts one command under Landlock, seccomp and resource limits, and outlives all of its processes.

Run as `python -I -S <this file> <descriptor>`; the descriptor gives a `Launch` as JSON. The parent of the command stays outside of the
confinement as its supervisor: it adopts every process that the command leaves behind, kills all of them when the command ends or when
the control descriptor closes (the platform stopped or died), and only then reports. It imports nothing of ours and nothing installed.

Source: landlock(7), seccomp(2), prctl(2), Linux uapi headers.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH110, PTH116, PTH123, PTH208

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import platform
import resource
import select
import signal
import struct
import sys
from dataclasses import dataclass
from typing import NoReturn

LAUNCHER = os.path.abspath(__file__)

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR = 1, 2, 4, 8
FS_REMOVE_AND_MAKE = 0x17B0  # remove and make anything except character and block devices
FS_MAKE_DEVICES = 0x840
FS_REFER, FS_TRUNCATE, FS_IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR
ACCESS = {
    "list": FS_READ_DIR,
    "read": READ,
    "device": FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
    "write": READ | FS_WRITE_FILE | FS_REMOVE_AND_MAKE | FS_REFER | FS_TRUNCATE,
}
"""What a kind of grant means; `list` shows names only."""
FILE_ACCESS = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV

ALLOW, DENY, ABSENT = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
NEW_NAMESPACES = 0x7E020000
SET_ID_BITS = 0o6000
CREATES_FILE = 0x400040  # O_CREAT and the bit that only O_TMPFILE has
AF_UNIX, AF_PACKET, AF_ALG, AF_VSOCK = 1, 17, 38, 40
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type into a terminal

# A machine's name -> its audit number, then per system call its number.
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SINCE_2018 = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430,
    "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
}  # fmt: skip
_FORBIDDEN = {
    "x86_64": {
        "ptrace": 101, "modify_ldt": 154, "pivot_root": 155, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166,
        "swapon": 167, "swapoff": 168, "reboot": 169, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179,
        "clock_settime": 227, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
        "finit_module": 313, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
    "aarch64": {
        "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "quotactl": 60, "acct": 89, "unshare": 97, "kexec_load": 104,
        "init_module": 105, "delete_module": 106, "clock_settime": 112, "ptrace": 117, "reboot": 142, "settimeofday": 170, "add_key": 217,
        "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225, "perf_event_open": 241, "name_to_handle_at": 264,
        "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273,
        "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
    },
}  # fmt: skip
_SOCKET = {"x86_64": (41, 53), "aarch64": (198, 199)}
_CLONE = {"x86_64": 56, "aarch64": 220}
_IOCTL = {"x86_64": 16, "aarch64": 29}
_TRUNCATE = {"x86_64": 76, "aarch64": 45}
# System call -> the argument that holds a file's mode.
_MODE = {
    "x86_64": {90: 1, 91: 1, 268: 2, 85: 1, 133: 1, 259: 2, 452: 2},
    "aarch64": {52: 1, 53: 2, 33: 2, 452: 2},
}
# System call -> the arguments that hold flags and mode.
_OPEN = {"x86_64": {2: (1, 2), 257: (2, 3)}, "aarch64": {56: (2, 3)}}
_CLONE3, _OPENAT2 = 435, 437


class Refused(Exception):
    """The kernel would not confine or start the command."""


class NoCommand(Exception):
    """The confinement stands, and the command is missing or is no program."""


@dataclass(frozen=True)
class Launch:
    """What to start and what it may touch: `grants` are paths with a kind of `ACCESS`; `status_fd` gets one JSON line at the end."""

    argv: list[str]
    environment: dict[str, str]
    folder: str
    grants: list[tuple[str, str]]
    limit_processes: int
    limit_file_bytes: int
    status_fd: int
    control_fd: int


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _instruction(0x20, offset)


def _argument(index: int) -> bytes:
    return _load(16 + 8 * index)


def _when_call(number: int, block: bytes) -> bytes:
    """Run `block`, which must end in a return, for one system call."""
    return _instruction(0x15, number, 0, len(block) // 8) + block


def _return(action: int) -> bytes:
    return _instruction(0x06, action)


def _deny_bits(argument: int, bits: int) -> bytes:
    return _argument(argument) + _instruction(0x45, bits, 0, 1) + _return(DENY) + _return(ALLOW)


def _deny_values(argument: int, values: tuple[int, ...]) -> bytes:
    checks = b"".join(_instruction(0x15, value, 0, 1) + _return(DENY) for value in values)
    return _argument(argument) + checks + _return(ALLOW)


def seccomp_program(machine: str, *, has_network_namespace: bool, guards_truncate: bool = True) -> bytes:
    """Compile the system-call filter for `x86_64` or `aarch64`.

    With a network namespace of its own a command may use sockets; without one no socket can be made at all, except connected pairs,
    because Landlock covers neither UDP nor Unix sockets with a name. `guards_truncate` says that Landlock checks `truncate`.

    >>> len(seccomp_program("x86_64", has_network_namespace=True)) % 8
    0
    """
    wrong = _return(DENY)
    program = _load(4) + _instruction(0x15, _AUDIT[machine], 1, 0) + wrong + _load(0)
    if machine == "x86_64":
        program += _instruction(0x35, 0x40000000, 0, 1) + wrong  # the x32 calling convention renumbers everything
    for number in (*_FORBIDDEN[machine].values(), *_SINCE_2018.values()):
        program += _when_call(number, _return(DENY))
    for number in (_CLONE3, _OPENAT2):  # their arguments lie in memory, where no filter sees them; programs fall back
        program += _when_call(number, _return(ABSENT))
    program += _when_call(_CLONE[machine], _deny_bits(0, NEW_NAMESPACES))
    program += _when_call(_IOCTL[machine], _deny_values(1, TERMINAL_INPUT))
    for number, mode in _MODE[machine].items():
        program += _when_call(number, _deny_bits(mode, SET_ID_BITS))
    for number, (flags, mode) in _OPEN[machine].items():
        creates = _argument(flags) + _instruction(0x45, CREATES_FILE, 1, 0) + _return(ALLOW)
        program += _when_call(number, creates + _deny_bits(mode, SET_ID_BITS))
    socket, pair = _SOCKET[machine]
    if has_network_namespace:
        program += _when_call(socket, _deny_values(0, (AF_PACKET, AF_ALG, AF_VSOCK)))
    else:
        program += _when_call(socket, _return(DENY))
        only_unix = _argument(0) + _instruction(0x15, AF_UNIX, 1, 0) + _return(DENY) + _return(ALLOW)
        program += _when_call(pair, only_unix)
    if not guards_truncate:
        program += _when_call(_TRUNCATE[machine], _return(DENY))
    return program + _return(ALLOW)


def is_supported(machine: str) -> bool:
    """Tell whether the filter can be compiled for a machine.

    >>> is_supported("x86_64"), is_supported("pdp11")
    (True, False)
    """
    return machine in _AUDIT


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise Refused(f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, value: int, what: str) -> None:
    none = ctypes.c_ulong(0)
    _checked(int(_libc().prctl(option, ctypes.c_ulong(value), none, none, none)), what)


def landlock_abi() -> int:
    """Give the kernel's Landlock version; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def _handled(abi: int) -> int:
    """Name every file right that this version knows: all that is not granted is then denied."""
    handled = READ | FS_WRITE_FILE | FS_REMOVE_AND_MAKE | FS_MAKE_DEVICES
    handled |= FS_REFER if abi >= 2 else 0
    handled |= FS_TRUNCATE if abi >= 3 else 0
    return handled | (FS_IOCTL_DEV if abi >= 5 else 0)


def _grant(ruleset: int, path: str, access: int) -> None:
    """Grant rights on a path itself, never on what a link there leads to; a path that vanished grants nothing."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kind = os.fstat(descriptor).st_mode & 0o170000
        if kind == 0o120000:
            return
        rights = access if kind == 0o040000 else access & FILE_ACCESS
        if rights:
            rule = struct.pack("=Qi", rights, descriptor)
            _checked(int(_libc().syscall(LANDLOCK_ADD_RULE, ruleset, 1, rule, 0)), f"granting rights on {path}")
    finally:
        os.close(descriptor)


def _apply_landlock(grants: list[tuple[str, str]]) -> None:
    abi = landlock_abi()
    if abi < 1:
        raise Refused("this kernel has no Landlock")
    handled = _handled(abi)
    network = 3 if abi >= 4 else 0
    scopes = 3 if abi >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scopes)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = _checked(int(_libc().syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)), "making a Landlock ruleset")
    for path, kind in grants:
        _grant(ruleset, path, ACCESS[kind] & handled)
    _checked(int(_libc().syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)), "entering Landlock")
    os.close(ruleset)


def _apply_seccomp() -> None:
    raw = seccomp_program(platform.machine(), has_network_namespace=False, guards_truncate=landlock_abi() >= 3)
    code = ctypes.create_string_buffer(raw)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    program = Program(len(raw) // 8, ctypes.cast(code, ctypes.c_void_p))
    _checked(int(_libc().prctl(PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0)), "installing the system-call filter")


# req: mcp-server/5.4
def end_with_parent(parent: int) -> None:
    """Let this process be killed when the one that started it is gone, however that ends; only Linux can do that."""
    if sys.platform.startswith("linux"):
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, "binding this process to its parent")
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def confine_to_reading(private: str, readable: tuple[str, ...] = ("/",)) -> bool:
    """Let this process, and what it starts, read some places alone, change nothing but below one folder and open no socket.

    It tells whether the kernel can do that. A place is what stands there now: a link that is put in its place later leads nowhere.

    It holds for the calling thread and for those that begin later.
    """
    if landlock_abi() < 1 or not is_supported(platform.machine()):
        return False
    try:
        _prctl(PR_SET_NO_NEW_PRIVS, 1, "giving up new privileges")
        places = [(os.path.realpath(place), "read") for place in readable]
        _apply_landlock([*places, (private, "write"), (os.devnull, "device")])
        _apply_seccomp()
    except Refused:
        return False
    return True


def _drop_capabilities() -> None:
    """Give up every privilege; only a command that the administrator runs has any."""
    for capability in range(64):
        if _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and ctypes.get_errno() == errno.EINVAL:
            break
    header = struct.pack("=Ii", 0x20080522, 0)
    _checked(int(_libc().capset(header, bytes(24))), "dropping capabilities")


def _owned_tasks() -> int:
    """Count the processes and threads of this user, as the kernel does for its limit."""
    owner, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == owner:
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _lower(limit: int, value: int) -> None:
    _, most = resource.getrlimit(limit)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(limit, (value, value))


def _become_command(launch: Launch) -> NoReturn:
    """Confine this process and become the command."""
    os.setsid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, "binding the command to its supervisor")
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, launch.limit_file_bytes)
    _lower(resource.RLIMIT_NPROC, _owned_tasks() + launch.limit_processes)
    os.chdir(launch.folder)
    os.umask(0o022)
    _prctl(PR_SET_NO_NEW_PRIVS, 1, "giving up new privileges")
    _drop_capabilities()
    _apply_landlock(launch.grants)
    _apply_seccomp()
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(launch.argv[0], launch.argv, launch.environment)  # noqa: S606  (this is what the launcher is for)
    except OSError as error:
        raise NoCommand(f"{launch.argv[0]}: {error.strerror}") from error


def _children(parent: int) -> list[int]:
    """List the processes that a process started or adopted; the kernel may be built without the quick way."""
    children: list[int] = []
    try:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as file:
                children.extend(int(child) for child in file.read().split())
    except FileNotFoundError:
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            return [process for process in map(int, filter(str.isdigit, os.listdir("/proc"))) if _parent(process) == parent]
    except OSError:
        pass
    return children


def _parent(process: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[1])
    return 0


# req: guarded-run/2.4
def descendants(root: int) -> list[int]:
    """List the processes below `root`, at any depth, that exist now."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        children = _children(parent)
        found.extend(children)
        waiting.extend(children)
    return found


def _end_all() -> None:
    """Kill every process that is left and wait until none is; orphans come to this process, so none is missed."""
    while True:
        for child in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        select.select([], [], [], 0.002)


def _reaped(command: int) -> int | None:
    """Collect all processes that ended; give the command's wait status if it is one of them."""
    while True:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == command:
            return status
        if child == 0:
            return None


def _supervise(command: int, launch: Launch) -> dict[str, int | bool]:
    """Wait for the command, the platform's word to stop, or too many processes; then end everything."""
    wake, alarm = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    is_crowded = False
    while (status := _reaped(command)) is None:
        ready, _, _ = select.select([wake, launch.control_fd], [], [], 0.05)
        is_crowded = len(descendants(os.getpid())) > launch.limit_processes
        if launch.control_fd in ready or is_crowded:
            status = signal.SIGKILL
            break
        if wake in ready:
            os.read(wake, 4096)
    _end_all()
    return {"exit": os.waitstatus_to_exitcode(status), "crowded": is_crowded}


def main() -> int:
    """Start the command that the descriptor describes and report how it ended."""
    with os.fdopen(int(sys.argv[1]), "rb") as file:
        launch = Launch(**json.loads(file.read()))
    os.set_inheritable(launch.status_fd, False)
    os.set_inheritable(launch.control_fd, False)
    for option in (PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE):
        _prctl(option, option == PR_SET_CHILD_SUBREAPER, "becoming the supervisor")
    failure, complain = os.pipe2(os.O_CLOEXEC)
    command = os.fork()
    if command == 0:
        try:
            _become_command(launch)
        except NoCommand as error:
            os.write(complain, f"missing:{error}".encode("utf-8", "replace"))
        except (Refused, OSError) as error:
            os.write(complain, f"failed:{error}".encode("utf-8", "replace"))
        os._exit(126)
    os.close(complain)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(null, descriptor)
    with os.fdopen(failure, "rb") as file:
        reason = file.read()
    report: dict[str, int | bool | str] = {**_supervise(command, launch)}
    if reason:
        kind, _, text = reason.decode("utf-8", "replace").partition(":")
        report = {kind: text}
    os.write(launch.status_fd, json.dumps(report).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
