# How the cairn command is started, by the bin/cairn of a distribution and by a checkout's ./cairn alike. Both source this.
#
#   JAVA_HOME         the Java to run with; otherwise the java on the PATH
#   CAIRN_JAVA_OPTS   further options for the JVM, separated by spaces

fail() {
  echo "cairn: $1" >&2
  exit 3
}

# Sets java and options to a JVM that is new enough and what it has to be told.
find_java() {
  if [[ -n ${JAVA_HOME:-} ]]; then
    java=$JAVA_HOME/bin/java
  else
    java=$(command -v java) || fail "no Java found: install one, 17 or newer, or set JAVA_HOME"
    java=$(readlink -f -- "$java")
  fi
  [[ -x $java ]] || fail "no Java at $java: set JAVA_HOME to one, 17 or newer"

  # The release file says the version without the cost of starting it.
  local version=
  release=
  if [[ -r ${java%/bin/java}/release ]]; then
    read -r -d '' release <"${java%/bin/java}/release" || true # without another process
    [[ ! $release =~ JAVA_VERSION=\"([0-9]+) ]] || version=${BASH_REMATCH[1]}
  fi
  if [[ -z $version ]]; then
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;T;q')
  fi
  [[ -n $version ]] || fail "cannot tell the version of $java: set JAVA_HOME to one, 17 or newer"
  ((version >= 17)) || fail "$java is version $version: set JAVA_HOME to one, 17 or newer"

  options=(-XX:+UseSerialGC -Xshare:auto)
  ((version >= 22)) && options+=(--enable-native-access=ALL-UNNAMED)
  # Protobuf and Netty still use sun.misc.Unsafe, of which these warn at every start.
  ((version >= 24)) && options+=(--sun-misc-unsafe-memory-access=allow)
  return 0
}

# Notes which classes the commands need, and keeps them as this JVM maps them, beside RocksDB's library unpacked: a command then
# starts in half the time. Whatever fails here only leaves starts slower. Two at a time do no harm: each moves whole files in.
prepare() { # folder
  mkdir -p -- "$1" 2>/dev/null && [[ -w $1 ]] || return 0
  [[ ! -t 2 ]] || echo "cairn: preparing quick starts with this Java, once" >&2
  local names=$1/names.$$ part=$1/classes.$$
  if "$java" "${options[@]}" -XX:DumpLoadedClassList="$names" -cp "$classpath" \
    dev.cairn.cli.launch.Rehearsal "$1/native" >"$1/log" 2>&1 </dev/null; then
    "$java" "${options[@]}" -XX:-UseSerialGC -XX:+UseG1GC -Xshare:dump -XX:SharedClassListFile="$names" \
      -XX:SharedArchiveFile="$part" -cp "$classpath" >>"$1/log" 2>&1 </dev/null && mv -f -- "$part" "$1/classes.jsa" 2>/dev/null || true
  fi
  rm -f -- "$names" "$part"
  { : >"$1/tried"; } 2>/dev/null || true
}

# Runs the command with the class path $classpath, whose jars are not younger than $stamp, and never returns. What is prepared for
# this JVM is kept in a folder of $prepared, if that can be written.
launch() {
  # The JVM's place and what its release file says it is, without another process.
  local kept=$java what
  for what in JAVA_RUNTIME_VERSION OS_ARCH LIBC; do
    [[ ! $release =~ (^|[[:space:]])$what=\"([^\"]*)\" ]] || kept+=-${BASH_REMATCH[2]}
  done
  kept=${kept//[^[:alnum:].]/-}
  kept=$prepared/${kept:${#kept} > 200 ? -200 : 0}
  [[ $kept/tried -nt $stamp ]] || prepare "$kept"
  [[ ! -f $kept/classes.jsa ]] || options+=(-XX:SharedArchiveFile="$kept/classes.jsa" -Xlog:cds=off -Xlog:class+path=off)
  if [[ -d $kept/native ]]; then
    options+=(-Djava.library.path="$kept/native${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
    # RocksDB would run a program to find this out.
    local musl=false libraries=("$kept"/native/*-musl.so)
    [[ ! -e ${libraries[0]} ]] || musl=true
    export ROCKSDB_MUSL_LIBC=${ROCKSDB_MUSL_LIBC:-$musl}
  fi
  # What these do is over before a better compiler has paid for itself.
  local at=1
  [[ ${1:-} != --store ]] || at=3
  [[ ! ${!at:-} =~ ^(init|stat|rm|link|edges|path|peer|completion|--version|--help)$ ]] || options+=(-XX:TieredStopAtLevel=1)
  # Without a locale Java takes arguments and names of files for ASCII. Where there is no such locale, Bash would say so.
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
    C | POSIX) { export LC_ALL=C.UTF-8; } 2>/dev/null ;;
  esac
  local more
  read -r -a more <<<"${CAIRN_JAVA_OPTS:-}" || true
  exec "$java" "${options[@]}" ${more[@]+"${more[@]}"} -cp "$classpath" dev.cairn.cli.Main "$@"
}
