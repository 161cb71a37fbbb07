# What people type while they work on anitrakt. `.ci/run` calls the same commands, so does the forge.

# list the recipes
default:
    @just --list

# install everything that the others need, into the active environment
setup:
    python -m pip install -e ".[dev,docs]"

# the tests that a change must pass
test *ARGS:
    python -m pytest -n auto {{ARGS}}

# real kills and full-size properties
long:
    python -m pytest -n auto -m long

# the page for review, in Chromium
browser:
    ANITRAKT_NEEDS_BROWSER=1 python -m pytest -n auto -m browser

# form, rules, dead code, how complicated the rest is
lint:
    ruff check .
    ruff format --check .
    vulture
    radon cc --average --min C anitrakt_plan

# mypy, strict
types:
    mypy

# the schema and the examples, as an editor sees them
schema:
    check-jsonschema --check-metaschema schemas/plan.schema.json
    check-jsonschema --schemafile schemas/plan.schema.json examples/plan.yaml examples/plan-commented.yaml

# build the documentation; a warning is an error
docs:
    NO_MKDOCS_2_WARNING=1 mkdocs build --strict --clean

# make the parts of docs/ anew that come from the code
generate:
    python -m tests.generated --write

# make the golden texts anew; look at the difference
golden:
    python -m tests.golden --write

# every way to install, each into an empty environment
install:
    bash .ci/install

# the whole suite with the lowest and the newest dependencies, on each Python that is here
versions:
    bash .ci/versions

# quality and cost; FOLDER is data that is no part of the project
bench FOLDER:
    python -m benchmarks.matching --data {{FOLDER}}
    python -m benchmarks.cost --data {{FOLDER}}
