#!/bin/sh
# Applies the plan in a git folder. For cron:   23 6 * * *  /path/to/apply-cron.sh /path/to/folder
# Silent where nobody is needed, so that cron sends a mail only when somebody is. Where it was interrupted, the next
# run goes on; nothing is sent twice. ANITRAKT_HOME, if you set it, must be the same at every run: the journal is there.
set -eu
cd "${1:?which folder holds plan.yaml?}"
if git rev-parse --abbrev-ref '@{upstream}' >/dev/null 2>&1; then
    git pull --quiet --ff-only
fi
anitrakt --quiet validate plan.yaml
anitrakt --quiet apply --lock-timeout 600 plan.yaml
