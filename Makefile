# `make` alone lists the targets. Each ensures the Debian packages that it needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
DESTDIR ?=
ARGS ?=
FUZZ_SECONDS ?= 60
SOAK_REQUESTS ?= 300000
comma := ,

# The first list is what Package.swift names as providers of its system libraries, and what finds them.
DEBIAN_PACKAGES := libgnutls28-dev zlib1g-dev libbrotli-dev libzstd-dev libpsl-dev pkg-config
DEBIAN_PACKAGES_TEST := $(DEBIAN_PACKAGES) nginx-light openssl tinyproxy microsocks jq libxml2-utils python3 util-linux \
    node-har-schema chromium-headless-shell curl strace zsh fish
DEBIAN_PACKAGES_BENCH := $(DEBIAN_PACKAGES) nginx-light openssl ca-certificates curl wrk

# Loaded at a fixed address: the runtime's forty thousand relative relocations would cost a cold start half a
# millisecond. The libraries, TLS among them, stay where the loader puts them. The C++ library, which only the runtime
# uses, is linked in where it comes as an archive, found by a link to it in a folder of its own; binding its five
# thousand symbols and our own exported ones would cost as much again.
OPTIMISED := swift build -c release --static-swift-stdlib --disable-local-rpath -Xlinker -no-pie \
    -Xlinker --no-export-dynamic -Xlinker -L.build/archives -Xswiftc -Xclang-linker -Xswiftc -static-libgcc
TOOLCHAIN = $(shell dirname "$$(realpath "$$(command -v swift)")")
RUNTIMES = $(TOOLCHAIN)/../lib/clang/*/lib/linux

# How often each branch was taken in the runs of `make profile`. By it the compiler keeps what a request needs apart from
# what it hardly ever does: a small request then takes a quarter less CPU, and what is never run stays out of memory. What
# changed since is built as if it had no profile, and so is all by a compiler that cannot read this one.
PROFILE := Tests/Benchmarks/Profile/ferry.profdata.gz
# Functions that a file has for itself are named by that file's last name, for its folder is another one elsewhere.
PROFILED := -Xswiftc -Xllvm -Xswiftc -static-func-full-module-prefix=false -Xswiftc -Xfrontend
RELEASE = $(OPTIMISED) $(shell "$(TOOLCHAIN)/llvm-profdata" show .build/ferry.profdata >/dev/null 2>&1 && \
    echo "$(PROFILED)" -Xswiftc -ir-profile-use='$(CURDIR)/.build/ferry.profdata')
FERRY := .build/release/ferry
FORMATTED := Sources Tests Package.swift

# Leaks are not looked for: what the process holds until its end, GnuTLS's tables among it, would count as one. The pure
# rules run on one thread and touch no memory by hand.
SANITIZED := --testing-library swift-testing --no-parallel \
    --filter 'SocketsTests|TLSTests|ConnectorTests|HTTPClientTests' \
    --skip 'ConnectionPoolRandomTests|WaiterQueueTests|TimerHeapTests'

.PHONY: help build release run test sanitize torture fuzz soak compat spec lint format bench profile docs man install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: packages ## build everything for debugging
	swift build

release: profiled ## build the optimised binary, .build/release/ferry, with the Swift runtime inside
	$(RELEASE) --product ferry

run: profiled ## build and run: make run ARGS="-i https://example.com/"; without ARGS a demo that needs no network
ifeq ($(strip $(value ARGS)),)
	@$(call quietly,$(RELEASE) --product ferry)
	@$(call quietly,$(RELEASE) --product ferry-demo-server)
	@.build/release/ferry-demo-server --demo $(FERRY)
else
	@$(call quietly,$(RELEASE) --product ferry)
	@$(FERRY) $(value ARGS)
endif

test: packages-test ## build everything and run every test, and a sample of make torture
	swift build --build-tests
	@# One after another: they could run side by side, but a busy machine would make some miss their deadlines.
	@# What failed is said once more at the end, where somebody looks.
	@log=$$(mktemp); set -o pipefail; swift test --skip-build --disable-xctest --no-parallel 2>&1 | tee $$log || \
	    { echo "What failed:"; grep -aE 'recorded an issue|Fatal error' $$log; rm -f $$log; exit 1; }; rm -f $$log
	@# A program that depends on this package, with the examples of README and documentation.
	swift build --package-path Tests/SamplePackage --scratch-path .build-sample
	.build/debug/ferry-demo-server --run .build-sample/debug/sample
	@# Half a minute of looking by force. The seeds of `make fuzz` are among the tests.
	@$(MAKE) torture TORTURE=short

sanitize: packages-test ## run what shares memory under the address and thread sanitizers: make sanitize STRESS_TASKS=5000 SEED=7
	swift build --build-tests --sanitize=address --scratch-path .build-asan
	ASAN_OPTIONS=detect_leaks=0 .build-asan/debug/ferryPackageTests.xctest $(SANITIZED)
	swift build --build-tests --sanitize=thread --scratch-path .build-tsan
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.supp" \
	    .build-tsan/debug/ferryPackageTests.xctest $(SANITIZED)

torture: packages-test ## make each system call of eight commands fail once; TORTURE=short tries a sample
	@$(call quietly,swift build --product ferry)
	@$(call quietly,swift build --product ferry-torture)
	@mkdir -p .build/torture
	@$$(command -v cc || command -v clang || echo "$(TOOLCHAIN)/clang") \
	    -shared -fPIC -O1 -o .build/torture/fault.so Tests/Torture/Preload/fault.c -ldl
	@.build/debug/ferry-torture .build/torture/fault.so $(if $(filter short,$(TORTURE)),--short) $(value ARGS)

# Coverage is measured inside the parsers by the compiler, and libFuzzer, which comes with the toolchain, grows the corpus.
fuzz: packages ## feed every parser what grows from its seeds: make fuzz FUZZ_SECONDS=600 FUZZ="urls cookies"
	@archive=$$(echo $(RUNTIMES)/libclang_rt.fuzzer_no_main-$$(uname -m).a); \
	[ -f "$$archive" ] || { echo "the toolchain has no libFuzzer" >&2; exit 1; }; \
	$(call quietly,FERRY_FUZZ=1 swift build --product ferry-fuzz --sanitize=address --scratch-path .build-fuzz \
	    -Xswiftc -O -Xswiftc -sanitize-coverage=edge$(comma)inline-8bit-counters$(comma)pc-table$(comma)trace-cmp \
	    -Xlinker "$$archive" -Xlinker -lstdc++)
	@mkdir -p .build-fuzz/findings; status=0; fuzzer=.build-fuzz/debug/ferry-fuzz; \
	for target in $(or $(value FUZZ),$$($$fuzzer --list)); do \
	    corpus=.build-fuzz/corpus/$$target; mkdir -p $$corpus; $$fuzzer --seeds $$target $$corpus || exit 1; \
	    log=.build-fuzz/findings/$$target.log; \
	    if ASAN_OPTIONS=detect_leaks=0 $$fuzzer $$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=4096 \
	        -max_len=4096 -artifact_prefix=.build-fuzz/findings/$$target- $$corpus >$$log 2>&1; \
	    then printf '%-14s %s\n' $$target "$$(grep -E '^Done ' $$log)"; \
	    else printf '%-14s FOUND: %s\n' $$target "$$(grep -aE 'Fatal error|ERROR|SUMMARY' $$log | head -1)"; \
	        grep -a 'Test unit written' $$log; status=1; fi; \
	done; exit $$status

soak: packages-test profiled ## 300,000 requests to a server that breaks many of them; SOAK_REQUESTS=20000 for a quick look
	@$(call quietly,$(RELEASE) --product ferry)
	@$(call quietly,swift build --product ferry-soak)
	@FERRY_BINARY=$(FERRY) .build/debug/ferry-soak $(SOAK_REQUESTS)

compat: toolchain ## run the end-to-end cases through the installed curl, too, and list where it differs and why
	@command -v curl >/dev/null || { echo "there is no curl to compare with; nothing was installed" >&2; exit 1; }
	@mkdir -p .build && rm -f .build/compat
	@$(call quietly,swift build --build-tests)
	@log=$$(mktemp); COMPAT_TABLE=.build/compat swift test --skip-build --disable-xctest --no-parallel \
	    --filter CompatTests >$$log 2>&1; status=$$?; cat .build/compat; \
	[ $$status = 0 ] || grep -F 'recorded an issue' $$log >&2; rm -f $$log; exit $$status

spec: packages-test ## print which test carries which promise of the connector; fails for one without a test
	@mkdir -p .build && rm -f .build/behaviours
	@$(call quietly,swift build --build-tests)
	@log=$$(mktemp); BEHAVIOUR_TABLE=.build/behaviours swift test --skip-build --disable-xctest \
	    --filter BehaviourIndexTests >$$log 2>&1; status=$$?; cat .build/behaviours; \
	[ $$status = 0 ] || grep -F 'Expectation failed' $$log >&2; rm -f $$log; exit $$status

lint: packages-test ## check format, warnings as errors, and that the man page is in step with the options
	swift format lint --strict --parallel --recursive $(FORMATTED)
	swift build --build-tests --scratch-path .build-lint -Xswiftc -warnings-as-errors
	diff -u man/ferry.1 <(.build-lint/debug/ferry --generate man)

format: toolchain ## format every source file in place
	swift format --in-place --parallel --recursive $(FORMATTED)

bench: packages-bench profiled ## compare speed and memory with curl and wrk; make bench ARGS="--all --json FILE" for more
	@$(call quietly,$(RELEASE) --product ferry)
	@$(call quietly,$(RELEASE) --product ferry-bench)
	@FERRY_BINARY=$(FERRY) .build/release/ferry-bench $(value ARGS)

# The counters are the compiler's, and what writes them comes with the toolchain.
profile: packages-bench ## count what ferry does at common work, and renew the profile that release builds are laid out by
	@archive=$$(echo $(RUNTIMES)/libclang_rt.profile-$$(uname -m).a); \
	[ -f "$$archive" ] || { echo "the toolchain has no library that writes profiles" >&2; exit 1; }; \
	mkdir -p .build-profile && "$(TOOLCHAIN)/clang" -O1 -c -o .build-profile/exit.o Tests/Benchmarks/Profile/exit.c; \
	$(call quietly,$(OPTIMISED) --product ferry --scratch-path .build-profile \
	    $(PROFILED) -Xswiftc -ir-profile-generate -Xlinker -u__llvm_profile_runtime \
	    -Xlinker '$(CURDIR)/.build-profile/exit.o' -Xlinker "$$archive")
	@$(call quietly,swift build --product ferry-bench)
	@rm -f .build-profile/*.profraw
	@LLVM_PROFILE_FILE='$(CURDIR)/.build-profile/%p.profraw' FERRY_BINARY=.build-profile/release/ferry \
	    .build/debug/ferry-bench --train
	@"$(TOOLCHAIN)/llvm-profdata" merge -o .build-profile/ferry.profdata .build-profile/*.profraw
	@gzip -9n .build-profile/ferry.profdata && mv .build-profile/ferry.profdata.gz $(PROFILE)

docs: packages ## build the documentation of the libraries Connector and HTTPClient in .build/docs
	@command -v docc >/dev/null || { echo "docc is missing: it comes with the Swift toolchain" >&2; exit 1; }
	swift build --target HTTPClient
	@rm -rf .build/symbol-graphs .build/docs
	$(call documented,Connector)
	$(call documented,HTTPClient)
	@echo "the documentation is in .build/docs: serve one of its folders with any static file server"

# Turns the catalog and the public declarations of the module $(1) into a folder of pages.
define documented
@mkdir -p .build/symbol-graphs/$(1) .build/docs
swift symbolgraph-extract -module-name $(1) -minimum-access-level public \
    -target "$$(swiftc -print-target-info | sed -n 's/^ *"triple": "\(.*\)",/\1/p')" \
    -I .build/debug/Modules -I Sources/CLazyLibraries/include \
    $(addprefix -I Sources/,CSystem CGnuTLS CZlib CBrotli CZstd CPSL) \
    -output-dir .build/symbol-graphs/$(1)
docc convert Sources/$(1)/$(1).docc --warnings-as-errors --fallback-display-name $(1) \
    --fallback-bundle-identifier ferry.$(1) --additional-symbol-graph-dir .build/symbol-graphs/$(1) \
    --output-path .build/docs/$(1)
endef

man: packages ## write man/ferry.1 from the option table
	@$(call quietly,swift build --product ferry)
	.build/debug/ferry --generate man > .build/ferry.1
	mv .build/ferry.1 man/ferry.1

# Under sudo the toolchain is often out of reach: then what `make release` built is installed as it is.
install: ## install the binary, man page and completions: make install PREFIX=/usr/local DESTDIR=
	@if command -v swift >/dev/null || [ ! -x $(FERRY) ]; then $(MAKE) release; fi
	install -D -m 755 -s $(FERRY) $(DESTDIR)$(PREFIX)/bin/ferry
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 bash-completion/completions \
	    zsh/site-functions fish/vendor_completions.d)
	$(FERRY) --generate man > $(DESTDIR)$(PREFIX)/share/man/man1/ferry.1
	$(FERRY) --generate bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ferry
	$(FERRY) --generate zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_ferry
	$(FERRY) --generate fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ferry.fish

clean: ## remove what was built
	rm -rf .build .build-lint .build-asan .build-tsan .build-sample .build-fuzz .build-profile

# What the targets above ask for first.

.PHONY: profiled toolchain packages packages-test packages-bench

# A release build begins afresh where the profile is another than the last time: nothing else tells the compiler.
profiled: packages
	@gzip -dc $(PROFILE) | cmp -s - .build/ferry.profdata || { rm -rf .build/*/release && gzip -dc $(PROFILE) >.build/ferry.profdata; }

toolchain:
	@command -v swift >/dev/null || { \
	    echo "ferry needs a Swift 6.2 (or newer) toolchain: https://www.swift.org/install/linux/" >&2; exit 1; }
	@mkdir -p .build/archives; for compiler in clang "$(TOOLCHAIN)/clang" gcc; do \
	    archive=$$("$$compiler" -print-file-name=libstdc++.a 2>/dev/null); \
	    if [ -f "$$archive" ]; then ln -sf "$$(realpath "$$archive")" .build/archives/; break; fi; done

packages: toolchain
	@$(call ensure,$(DEBIAN_PACKAGES))

packages-test: toolchain
	@$(call ensure,$(DEBIAN_PACKAGES_TEST))

packages-bench: toolchain
	@$(call ensure,$(DEBIAN_PACKAGES_BENCH))

# Installs those of the packages $(1) that are missing, as root or with a sudo that asks nothing; otherwise
# prints the line that would and fails. Where there is no dpkg it leaves the question to the build.
define ensure
command -v dpkg-query >/dev/null || exit 0; \
missing=$$(comm -23 <(printf '%s\n' $(1) | sort -u) \
    <(dpkg-query -W -f='$${Package} $${db:Status-Status}\n' $(1) 2>/dev/null \
    | sed -n 's/ installed$$//p' | sort -u)); \
[ -n "$$missing" ] || exit 0; \
missing=$$(echo $$missing); \
if [ "$$(id -u)" = 0 ]; then sudo=; \
elif sudo -n true 2>/dev/null; then sudo="sudo -n"; \
else echo "missing packages; this installs them: sudo apt-get install $$missing" >&2; exit 1; fi; \
echo "installing $$missing" >&2; \
apt-get install --simulate $$missing >/dev/null 2>&1 || $$sudo apt-get update -qq; \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing >&2
endef

# Runs $(1), whose output is shown only when it fails.
define quietly
mkdir -p .build; [ -x $(FERRY) ] || echo "building ferry, a few minutes the first time" >&2; \
log=$$(mktemp); $(1) >$$log 2>&1; status=$$?; [ $$status = 0 ] || cat $$log >&2; rm -f $$log; exit $$status
endef
