"""What can stop the local stack, each text saying what to do."""


class StackProblem(Exception):
    """The local stack cannot start or go on; the text is one clear explanation for whoever typed the command."""


class RunFailed(StackProblem):
    """A DAG run ended red; the text names the failed task and shows the tail of its log."""
