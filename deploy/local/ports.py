"""The three ports of the local stack, checked before anything is started."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.problems import StackProblem

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the three servers listen, on loopback only."""

    airflow: int = 8080
    quickbooks: int = 8091
    syncta: int = 8092

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Ports":
        """AIRFLOW_PORT, QUICKBOOKS_PORT and SYNCTA_PORT, or their defaults; StackProblem when one is no port."""
        return cls(**{name: _number(environ, name, default) for name, default in _DEFAULTS.items()})

    @classmethod
    def free(cls) -> "Ports":
        """Three ports that nothing listens on at this moment."""
        taken = [socket.create_server((HOST, 0)) for _ in range(3)]
        numbers = [server.getsockname()[1] for server in taken]
        for server in taken:
            server.close()
        return cls(*numbers)

    def check(self, target: str) -> None:
        """Raise StackProblem naming the first port that is taken and the variable to set."""
        seen: set[int] = set()
        for name in _DEFAULTS:
            port = getattr(self, name)
            if port in seen:
                raise StackProblem(f"Port {port} is asked for twice. Give each its own: {_command(target, name)}")
            if not is_free(port):
                raise StackProblem(
                    f"Port {port} ({_TITLES[name]}) is taken. Stop what uses it, or choose another: "
                    + _command(target, name)
                )
            seen.add(port)


_TITLES = {"airflow": "Airflow", "quickbooks": "the sandbox's QuickBooks", "syncta": "the sandbox's Syncta"}
_DEFAULTS = {"airflow": 8080, "quickbooks": 8091, "syncta": 8092}


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a port whose last connection is still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _command(target: str, name: str) -> str:
    return f"make {target} {name.upper()}_PORT={getattr(Ports.free(), name)}"


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    variable = f"{name.upper()}_PORT"
    text = environ.get(variable, "") or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise StackProblem(f"{variable} should be a port from 1 to 65535, not {text!r}")
    return int(text)
