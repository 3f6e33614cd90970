# One environment, one stamp: everything is set up once and again when a pinned version changes.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test test-slicer-5.12 lint bench accuracy accuracy-la accuracy-nnunet screenshots assets results clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit('ScarSeg needs Python 3.11 or newer, this is ' + sys.version.split()[0] if sys.version_info < (3, 11) else 0)"
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --constraint constraints.txt torch
	$(RUN) -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(STAMP)
	$(RUN) -m ScarSegLogic.cli demo --out demo_output

# Qt, and with it the desktop, has a process of its own: its bindings miscount references on Python 3.11.
DESKTOP_TESTS := Testing/tests/desktop Testing/tests/extension

test: $(STAMP)
	$(RUN) -m pytest $(DESKTOP_TESTS:%=--ignore=%)
	if $(RUN) -m Testing.desktop_ready; then $(RUN) -m pytest $(DESKTOP_TESTS); fi

# Slicer's MRML once more, as the current stable Slicer has it; the view layer of .venv is built for 5.11.
SLICER := .venv-slicer-5.12
SLICER_STAMP := $(SLICER)/.installed

$(SLICER_STAMP): constraints.txt Makefile
	test -x $(SLICER)/bin/python || $(PYTHON) -m venv $(SLICER)
	grep -v '^slicer-core' constraints.txt > $(SLICER)/constraints.txt
	$(SLICER)/bin/python -m pip install --quiet --constraint $(SLICER)/constraints.txt slicer-core==5.12.4.0 numpy pytest
	touch $@

test-slicer-5.12: $(SLICER_STAMP)
	$(SLICER)/bin/python -m pytest Testing/tests/mrml

lint: $(STAMP)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports

bench: $(STAMP)
	$(RUN) -m pip install --quiet --constraint constraints.txt --no-deps dynamic-network-architectures
	$(RUN) -m Testing.benchmarks

accuracy: $(STAMP)
	$(RUN) -m Testing.accuracy

accuracy-la: $(STAMP)
	$(RUN) -m Testing.accuracy.atrium

# As many minutes of one core as the EMIDEC pair took.
accuracy-nnunet: $(STAMP)
	$(RUN) -m pip install --quiet --constraint constraints.txt --no-deps dynamic-network-architectures
	OMP_NUM_THREADS=1 $(RUN) -m Testing.accuracy.nnunet_shaped --minutes 80

screenshots: demo
	$(RUN) -m Testing.screenshots

assets: $(STAMP)
	$(RUN) -m Testing.assets

# Every study of docs/results.md, three seeds each: hours of two cores, resumable.
EMIDEC ?= ../shared/data/emidec_png
LA2018 ?= ../shared/data/la2018
STUDIES := runs/studies
STUDY := $(VENV)/bin/scarseg-train study

results: $(STAMP)
	for study in curriculum_phantoms soft_labels scarsegnet cascade_fragility; do \
		$(STUDY) $$study --out $(STUDIES) --workers 2 || exit 1; done
	$(STUDY) curriculum_emidec --data $(EMIDEC) --out $(STUDIES) --workers 2
	$(STUDY) la_cavity --data $(LA2018) --out $(STUDIES) --workers 2
	$(STUDY) report --out $(STUDIES)

clean:
	rm -rf $(VENV) $(SLICER) demo_output build *.egg-info

PACKAGES := lv_anatomy_emidec lv_scar_emidec lv_anatomy_phantom lv_scar_phantom la_cavity_la2018 la_scar_phantom
.PHONY: train $(PACKAGES:%=train-%)

train: $(PACKAGES:%=train-%)

$(PACKAGES:%=train-%): train-%: $(STAMP)
	$(VENV)/bin/scarseg-train run small_$* $(if $(findstring emidec,$*),--data $(EMIDEC)) $(if $(findstring la2018,$*),--data $(LA2018)) --out runs/$* --resume
	mkdir -p Resources/Models/$*
	cp runs/$*/package/* Resources/Models/$*/
