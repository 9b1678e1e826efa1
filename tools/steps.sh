# SPDX-License-Identifier: Apache-2.0
# Sourced by quickstart and check: says what is done, and how long it took.
started=$(date +%s)
step() {  # step "what" command...
  local what=$1 begin end status=0
  shift
  begin=$(date +%s)
  printf '%s\n' "==> $what"
  "$@" || status=$?
  end=$(date +%s)
  if [ $status -ne 0 ]; then
    printf '%s\n' "==> $what: FAILED after $((end - begin)) s (exit $status)" >&2
    exit $status
  fi
  printf '%s\n' "    done in $((end - begin)) s"
}
total() { printf '%s\n' "==> $1 in $(($(date +%s) - started)) s"; }
jobs=$(nproc 2>/dev/null || echo 2)
