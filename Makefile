# The two commands of the README, and what a developer needs. Each sets up what it uses.
.PHONY: demo test test-latest test-newest test-wheel test-wheel-latest coverage test-postgresql \
	setup setup-dev lock lint soak docs benchmark side-by-side wheel clean
.NOTPARALLEL:

# A path, or a name such as python3.13; else the Python of .venv, or python3 to make one.
PYTHON ?=
ISOLATION ?= strong
BIN := .venv/bin

# A process that may not keep what it compiled compiles all of the grader again; tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

demo: setup
	@# Exit status 3 says that some samples could not be graded; the bundled ones hold such on purpose.
	$(BIN)/grader grade examples/submissions --out grades --isolation $(ISOLATION) || [ $$? -eq 3 ]

# More workers than cores: many tests wait for a time limit to strike. A file stays on one worker, so
# that what its tests share is made once; tests/conftest.py has the longest files begin first.
TESTS := pytest -n 4 --dist loadfile --no-loadscope-reorder

test: setup-dev lint docs
	$(BIN)/$(TESTS)

# The same tests with the newest release of everything, in a venv of their own.
test-latest:
	@PYTHON="$(PYTHON)" sh tools/setup.sh latest
	.venv-latest/bin/$(TESTS)

# A short form with the newest Python that is here, in a venv of its own: what runs in a sandbox, and
# all samples. Nothing is done where `make test` has that Python already.
SHORT := tests/guest tests/test_magic.py tests/sandbox/test_session.py \
	tests/fidelity/test_fidelity.py::test_the_sandbox_does_what_nbconvert_does \
	tests/test_samples.py::test_every_sample_gets_what_the_manifest_says

test-newest: setup-dev
	@sh tools/setup.sh newest
	[ ! -e .venv-newest ] || .venv-newest/bin/$(TESTS) $(SHORT)

# dist/*.whl; the same bytes from the same commit. What an earlier build noted would be packed again.
wheel: setup-dev
	rm -rf notebook_grader.egg-info
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		$(BIN)/python -m build --no-isolation

# The wheel in clean environments, without any extra and with each, of the releases in .venv.
test-wheel: setup-dev
	$(BIN)/pytest -n 2 -m wheel tests/installing

# The same with the newest releases, as pip finds them.
test-wheel-latest: setup-dev
	$(BIN)/pytest -n 2 -m wheel tests/installing --from-index

# The same tests, measured; tracing takes its time.
coverage: setup-dev
	$(BIN)/coverage erase
	$(BIN)/$(TESTS) --cov --cov-report=
	$(BIN)/coverage report --fail-under=95 --skip-covered

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site of the documentation, in build/docs. A warning is an error; nothing is fetched.
docs: setup-dev
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs

# All tests again, with the gradebooks in databases of a server that the tests start.
test-postgresql: setup-dev
	$(BIN)/$(TESTS) --gradebook postgresql

soak: setup-dev
	$(BIN)/pytest -n 2 -m soak --hypothesis-profile "new examples"

benchmark: setup-dev
	$(BIN)/python -m benchmarks

# The peers are installed into build/peers; docs/benchmarks.md shows what comes of it.
side-by-side: setup-dev
	$(BIN)/python -m benchmarks --peers build/peers --results docs/benchmarks/results.json
	$(BIN)/python -m benchmarks page

# With the packages that the bundled course states.
setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh course

setup-dev:
	@PYTHON="$(PYTHON)" sh tools/setup.sh dev

# Bring requirements/ up to what is newest today, with hashes.
lock:
	$(or $(PYTHON),python3) tools/lock.py

clean:
	rm -rf .venv .venv-latest .venv-newest grades build dist .mypy_cache .ruff_cache .pytest_cache
