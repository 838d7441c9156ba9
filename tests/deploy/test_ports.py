import dataclasses
import socket
from collections.abc import Iterator

import pytest

from deploy.local.ports import HOST, Ports
from deploy.local.problems import StackProblem


@pytest.fixture
def taken() -> Iterator[int]:
    """A port something listens on."""
    with socket.create_server((HOST, 0)) as server:
        yield int(server.getsockname()[1])


def test_ports_come_from_variables_and_have_defaults() -> None:
    assert Ports.from_environment({"QUICKBOOKS_PORT": "9091"}) == Ports(8080, 9091, 8092)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80 80", "²"])
def test_what_is_no_port_is_refused_with_the_variable_s_name(text: str) -> None:
    with pytest.raises(StackProblem, match="AIRFLOW_PORT should be a port"):
        Ports.from_environment({"AIRFLOW_PORT": text})


@pytest.mark.parametrize("name", ["airflow", "quickbooks", "syncta"])
def test_a_taken_port_is_one_line_with_the_port_and_the_variable_to_set(name: str, taken: int) -> None:
    ports = dataclasses.replace(Ports.free(), **{name: taken})
    with pytest.raises(StackProblem) as problem:
        ports.check("demo")
    text = str(problem.value)
    assert f"Port {taken} " in text
    assert f"make demo {name.upper()}_PORT=" in text
    assert "\n" not in text


def test_the_same_port_twice_is_refused() -> None:
    ports = Ports.free()
    with pytest.raises(StackProblem, match="asked for twice"):
        dataclasses.replace(ports, syncta=ports.airflow).check("up")


def test_free_ports_pass() -> None:
    Ports.free().check("demo")
