#!/bin/bash
# Plays every program that the installer runs, on a speaker that is only a folder: apt, dpkg, systemd, Python.
# What it changes lies in that folder; what it was asked stands in pretend/calls.
set -u
here=$(dirname "$(readlink -f "$0")")
root=$here
while [[ ! -d $root/pretend ]]; do root=$(dirname "$root"); done
me=$(basename "$0")
pretend=$root/pretend
echo "$me $*" >>"$pretend/calls"
if [[ -e $pretend/signal && "$me $*" == $(cat "$pretend/signal")* ]]; then
  rm "$pretend/signal"
  kill -TERM "$PPID"
fi

names() { for word in "$@"; do [[ $word == -* || $word == install || $word == purge ]] || echo "$word"; done; }
broken() { grep -qs "$1" "$root"/opt/keepmum/current/wheels/*.whl; }

case $me in
dpkg)
  [[ $1 != --print-architecture ]] || cat "$pretend/architecture"
  [[ $1 != --configure || (! -s $pretend/torn && ! -e $pretend/stuck) ]] || { echo "package is in a very bad inconsistent state" && exit 1; }
  ;;
uname) cat "$pretend/processor" ;;
dpkg-query)
  if [[ $* == *Eflag* ]]; then
    sed 's/$/ ok/' "$pretend/installed"
    [[ ! -e $pretend/torn ]] || sed 's/$/ reinstreq/' "$pretend/torn"
    exit 0
  fi
  for name in $(names "$@"); do grep -qx "$name" "$pretend/installed" && echo "$name installed"; done
  exit 1 # some of them are not known
  ;;
apt-cache)
  for name in $(names "${@:2}"); do
    grep -qx "$name" "$pretend/offered" && printf '%s:\n  Installed: (none)\n  Candidate: 1.0\n' "$name"
  done
  ;;
apt-get)
  case " $* " in
  *" update "*) [[ ! -e $pretend/offline ]] || { echo "E: Failed to fetch" && exit 100; } ;;
  *" install "*)
    if [[ " $* " == *" --reinstall "* ]]; then
      for name in $(names "$@"); do sed -i "/^$name\$/d" "$pretend/torn" && echo "$name" >>"$pretend/installed"; done
      exit 0
    fi
    for name in $(names "$@"); do
      for each in "lib-of-$name" "$name"; do
        grep -qx "$each" "$pretend/installed" && continue
        if [[ " $* " != *" --simulate "* && -e $pretend/stops && $each == espeak-ng ]]; then rm "$pretend/stops" && echo "E: disk full" && exit 100; fi
        if [[ " $* " == *" --simulate "* ]]; then echo "Inst $each (1.0 Debian:12 [all])"; else echo "$each" >>"$pretend/installed"; fi
      done
    done
    ;;
  *" purge "*)
    for name in $(names "$@"); do
      if [[ " $* " == *" --simulate "* ]]; then
        echo "Purg $name [1.0]"
        sed -n "s/^$name needed-by /Remv /p" "$pretend/needs"
      else
        sed -i "/^$name\$/d" "$pretend/installed"
      fi
    done
    ;;
  esac
  ;;
systemd-sysusers)
  while read -r kind name _; do
    [[ $kind == u ]] && ! grep -q "^$name:" "$root/etc/passwd" && echo "$name:x:900:900::/:/usr/sbin/nologin" >>"$root/etc/passwd"
    [[ $kind == [ug] ]] && ! grep -q "^$name:" "$root/etc/group" && echo "$name:x:900:" >>"$root/etc/group"
  done <"$1"
  true
  ;;
usermod) sed -i "/^$3:/{/[:,]$4\$/! s/\$/$4/}" "$root/etc/group" ;;
userdel) sed -i "/^$1:/d" "$root/etc/passwd" && sed -i "/^$1:/d" "$root/etc/group" ;;
groupdel) sed -i "/^$1:/d" "$root/etc/group" ;;
systemd-tmpfiles) mkdir -p "$root/run/keepmum/outbox" ;;
chown | journalctl) [[ $me == chown ]] || echo "why it does not run" ;;
systemctl)
  wants=$root/etc/systemd/system/multi-user.target.wants
  case $1 in
  enable) for name in "${@:2}"; do ln -sfn "/usr/local/lib/systemd/system/$name" "$wants/$name"; done ;;
  disable) for name in "${@:2}"; do rm -f "$wants/$name"; done ;;
  start) readlink "$root/opt/keepmum/current" >"$pretend/running" ;;
  stop) rm -f "$pretend/running" ;;
  show)
    for _ in "${@:3}"; do
      if [[ ! -e $pretend/running ]]; then
        printf 'ActiveState=inactive\nSubState=dead\nNRestarts=0\n\n'
      elif broken "PRETEND: it does not run"; then
        printf 'ActiveState=activating\nSubState=auto-restart\nNRestarts=5\n\n'
      else
        printf 'ActiveState=active\nSubState=running\nNRestarts=0\n\n'
      fi
    done
    ;;
  list-units) [[ ! -e $pretend/page ]] || echo "keepmum-panel.socket loaded active listening the page" ;;
  esac
  ;;
python3)
  case "$*" in
  *"-m venv "*)
    new=${*: -1}
    mkdir -p "$new/bin" "$new/wheels"
    cp "$root/usr/bin/python3" "$new/bin/python3"
    touch "$new/bin/activate"
    ;;
  *"/pip install "*)
    [[ ! -e $pretend/offline ]] || { echo "ERROR: No matching distribution" && exit 1; }
    new=$(dirname "$here")
    last=${*: -1}
    if [[ $last == *.whl ]]; then
      cp "$last" "$new/wheels/"
      printf '#!%s/bin/python3\nmain()\n' "$new" >"$new/bin/keepmum"
    else
      echo "Collecting plum==1.0"
    fi
    ;;
  *" -c import "*) ! grep -qs "PRETEND: it cannot be imported" "$(dirname "$here")"/wheels/*.whl || { echo "ImportError" && exit 1; } ;;
  *" config --show"*)
    settings=$(sed -n 's/.*--config \([^ ]*\) .*/\1/p' <<<"$*")
    if [[ -n $settings ]] && grep -q nonsense "$settings"; then
      printf 'keepmum: error: %s:1: nonsense: there is no such key\n' "$settings" && exit 1
    fi
    board=$(sed -n 's/^  board: //p' ${settings:+"$settings"} </dev/null)
    echo "hardware.board: ${board:-null}  # $settings"
    ;;
  *" boards "*) words=$* && cat "$pretend/boards/$(basename "${words##* boards }" " --json").json" ;;
  *" doctor --json") cat "$pretend/doctor.json" ;;
  *" doctor") echo "no problems" ;;
  *" units --root "*)
    place=$root/etc/systemd/system/keepmum-uplink.service.d
    grep -q '^broker:' "$root/etc/keepmum/keepmum.yaml" || { echo "everything is as the settings want it" && exit 0; }
    if [[ $* == *--check ]]; then [[ -e $place/50-keepmum.conf ]] || { echo "would write it" && exit 1; }; exit 0; fi
    mkdir -p "$place"
    # shellcheck disable=SC2016
    echo '# Written by `keepmum units` out of your settings' >"$place/50-keepmum.conf"
    ;;
  esac
  ;;
esac
