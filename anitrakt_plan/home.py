"""Where the project is at home: every address of its own is made from here."""

PROJECT = "anitrakt/anitrakt"
"""Its owner and name on the forge."""

REPOSITORY = f"https://github.com/{PROJECT}"

PAGES = f"https://{PROJECT.partition('/')[0]}.github.io"
"""The documentation, built from docs/: the owner's own site, so that the first line of a plan stays a short one."""

SCHEMA = f"{PAGES}/plan/1/schema.json"
"""The schema of the plan file, with the version of the format in its address: what stands there never gets stricter."""

EARLIER_SCHEMAS = (f"https://raw.githubusercontent.com/{PROJECT}/main/schemas/plan.schema.json",)
"""Addresses that older plans have in their first line; `fmt` brings them up to date."""

REPAIR_SCHEMA = f"{PAGES}/repair/1/schema.json"
"""The same of a repair file."""
