"""The verb about the machine: doctor."""

from harness.cli.command import app
from harness.cli.output import put


@app.command()
def doctor() -> None:
    """Check whether this machine is fit to measure on, with advice on what is not. Takes a few seconds."""
    from harness.doctor import examine

    for check in examine():
        put(f"{'!!' if check.advice else 'ok'}  {check.name}: {check.found}")
        if check.advice:
            put(f"      {check.advice}")
