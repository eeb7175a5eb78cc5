# Processes of servers under test; sourced. What was started is ended by its id.

# The process with the most resident memory among one and its descendants: the one that serves.
largest_of() {
  local pid=$1 child
  {
    echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") $pid"
    for child in $(cat "/proc/$pid/task/"*/children); do
      child=$(largest_of "$child")
      echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$child/status") $child"
    done
  } | sort -n | tail -n 1 | cut -d ' ' -f 2
}

# end_process STARTED SERVER: the process that was started, and the one that serves, where a script starts it
end_process() {
  kill "$2" "$1" 2>/dev/null || true
  local deadline=$((SECONDS + 15))
  while kill -0 "$1" 2>/dev/null; do
    ((SECONDS <= deadline)) || kill -9 "$2" "$1" 2>/dev/null || true
    sleep 0.1
  done
  wait "$1" 2>/dev/null || true
}

# answers_at ADDRESS PORT
answers_at() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# run_ejabberd HOME: what ejabberdctl would run, without its user, its node name and the port mapper that a name needs
run_ejabberd() {
  EJABBERD_CONFIG_PATH=$1/ejabberd.yml EJABBERD_LOG_PATH=$1/ejabberd.log ERL_CRASH_DUMP=$1/crash.dump \
    HOME=$1 ERL_LIBS=${EJABBERD_LIBS:-/usr/lib/x86_64-linux-gnu} ERL_MAX_PORTS=65536 \
    exec erl +K true +P 250000 -noinput -mnesia dir "\"$1/spool\"" -s ejabberd
}

# version_of NAME ROOT
version_of() {
  case $1 in
    ejabberd) echo "- ejabberd $(dpkg-query -W -f '${Version}' ejabberd 2>/dev/null || echo unknown)" ;;
    prosody) echo "- Prosody $(dpkg-query -W -f '${Version}' prosody 2>/dev/null || echo unknown)" ;;
    parley) echo "- Parley $(git -C "$2" rev-parse --short HEAD 2>/dev/null || echo unknown)" ;;
  esac
}

machine() { echo "- $(nproc) cores, $(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), Linux $(uname -r); the load shares the cores"; }
