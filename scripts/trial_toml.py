"""Write the reference of docs/trial_toml.md from the models: run it after a key has changed.

python scripts/trial_toml.py
"""

from pathlib import Path

from oligotrial.protocol.reference import as_markdown
from oligotrial.spec import TrialSpec

PAGE = Path(__file__).parents[1] / "docs" / "trial_toml.md"
HEAD = "## Every key\n"


def main() -> None:
    """Replace all that stands below the reference's heading and introduction."""
    written, _, rest = PAGE.read_text(encoding="utf-8").partition(HEAD)
    introduction = rest.split("\n### ", 1)[0].rstrip()
    PAGE.write_text(
        f"{written}{HEAD}{introduction}\n\n{as_markdown(TrialSpec)}".rstrip() + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
