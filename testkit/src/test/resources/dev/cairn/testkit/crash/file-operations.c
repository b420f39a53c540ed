/*
 * A library to preload: records what a process does to the files of one folder, and makes chosen
 * operations fail. Two uses, by environment:
 *
 *   CAIRN_FILES=/folder/       operations on paths that begin so are seen
 *   CAIRN_RECORD=/file         each one that succeeds is appended there, see below
 *   CAIRN_FAULT=kind:n:how     the n-th (from 0) write, sync or opening fails; kind is w, s or o,
 *   CAIRN_ERRNO=5              how is once or ever, with this errno
 *   CAIRN_ARM=/file            counting begins when this file is there
 *   CAIRN_SYNC=no              syncs say that all is well and do nothing, and are not recorded
 *
 * A recorded operation, numbers as the machine has them:
 *
 *   u8 kind | u8 0 | u16 path bytes | u32 data bytes | u64 offset | path | data
 *   kind: C create  T truncate to offset  W write  S sync of a file  D sync of a folder
 *         R rename, data is the new path  U unlink
 *
 * One lock is held around each operation and its record, so that the order of records is the order
 * of effects. What the C library's own streams write is not seen: RocksDB's LOG, which is no data.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS 65536
static char *paths[FDS];
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *folder, *arm;
static int record = -1, swallow, fault_error = EIO, ready;
static char fault_kind;
static long fault_at = -1, seen;
static int fault_ever, armed;

__attribute__((constructor)) static void begin(void) {
  char how[8] = "";
  folder = getenv("CAIRN_FILES");
  arm = getenv("CAIRN_ARM");
  const char *file = getenv("CAIRN_RECORD"), *fault = getenv("CAIRN_FAULT");
  const char *sync = getenv("CAIRN_SYNC"), *number = getenv("CAIRN_ERRNO");
  if (file) record = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fault && sscanf(fault, "%c:%ld:%7s", &fault_kind, &fault_at, how) == 3)
    fault_ever = !strcmp(how, "ever");
  if (number) fault_error = atoi(number);
  swallow = sync && !strcmp(sync, "no");
  ready = 1;
}

static int ours(const char *path) {
  return ready && folder && path && !strncmp(path, folder, strlen(folder));
}

static const char *path_of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

static void note(char kind, const char *path, uint64_t offset, const void *data, uint32_t bytes) {
  if (record < 0) return;
  struct {
    uint8_t kind, zero;
    uint16_t path;
    uint32_t data;
    uint64_t offset;
  } head = {(uint8_t)kind, 0, (uint16_t)strlen(path), bytes, offset};
  size_t size = sizeof head + head.path + bytes;
  char *all = malloc(size);
  memcpy(all, &head, sizeof head);
  memcpy(all + sizeof head, path, head.path);
  if (bytes) memcpy(all + sizeof head + head.path, data, bytes);
  for (size_t at = 0; at < size;) {
    long n = syscall(SYS_write, record, all + at, size - at);
    if (n <= 0) abort();
    at += n;
  }
  free(all);
}

/* True if this operation is to fail. */
static int fails(char kind) {
  if (fault_at < 0 || kind != fault_kind) return 0;
  if (!armed) {
    if (arm && syscall(SYS_faccessat, AT_FDCWD, arm, F_OK) != 0) return 0;
    armed = 1;
  }
  long n = seen++;
  if (n != fault_at && !(fault_ever && n > fault_at)) return 0;
  errno = fault_error;
  return 1;
}


static int opened(int fd, const char *path, int flags, int fresh, int bytes) {
  if (fd < 0 || fd >= FDS) return fd;
  free(paths[fd]);
  paths[fd] = strdup(path);
  if (fresh) note('C', path, 0, NULL, 0);
  else if ((flags & O_TRUNC) && bytes) note('T', path, 0, NULL, 0);
  return fd;
}

static int open_at(const char *path, int flags, mode_t mode) {
  if (!ours(path)) return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  struct stat before;
  pthread_mutex_lock(&lock);
  int fresh = (flags & O_CREAT) && stat(path, &before) != 0;
  int bytes = !fresh && (flags & O_TRUNC);
  int fd = fails('o') ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  opened(fd, path, flags, fresh, bytes);
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return open_at(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name) \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (ours(path)) return open_at(path, flags, mode); \
    return syscall(SYS_openat, at, path, flags, mode); \
  }
OPEN_AT(openat)
OPEN_AT(openat64)

int close(int fd) {
  if (path_of(fd)) {
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return syscall(SYS_close, fd);
}

/* at < 0: where the file stands. */
static ssize_t written(int fd, const void *data, size_t bytes, off_t at) {
  pthread_mutex_lock(&lock);
  ssize_t n = -1;
  if (!fails('w')) {
    off_t where = at;
    if (at < 0)
      where = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    n = at < 0 ? syscall(SYS_write, fd, data, bytes) : syscall(SYS_pwrite64, fd, data, bytes, at);
    int error = errno;
    if (n > 0) note('W', path_of(fd), where, data, n);
    errno = error;
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  return path_of(fd) ? written(fd, data, bytes, -1) : syscall(SYS_write, fd, data, bytes);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) {
  return path_of(fd) ? written(fd, data, bytes, at) : syscall(SYS_pwrite64, fd, data, bytes, at);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  return pwrite64(fd, data, bytes, at);
}

static int synced(int fd, long call) {
  if (!path_of(fd)) return syscall(call, fd);
  pthread_mutex_lock(&lock);
  int n = -1;
  if (!fails('s')) {
    n = swallow ? 0 : (int)syscall(call, fd);
    struct stat about;
    if (n == 0 && !swallow && fstat(fd, &about) == 0)
      note(S_ISDIR(about.st_mode) ? 'D' : 'S', path_of(fd), 0, NULL, 0);
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int ftruncate64(int fd, off_t bytes) {
  if (!path_of(fd)) return syscall(SYS_ftruncate, fd, bytes);
  pthread_mutex_lock(&lock);
  int n = fails('w') ? -1 : (int)syscall(SYS_ftruncate, fd, bytes);
  int error = errno;
  if (n == 0) note('T', path_of(fd), bytes, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

int ftruncate(int fd, off_t bytes) { return ftruncate64(fd, bytes); }

int rename(const char *from, const char *to) {
  if (!ours(from)) return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  pthread_mutex_lock(&lock);
  int n = fails('w') ? -1 : (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  int error = errno;
  if (n == 0) note('R', from, 0, to, strlen(to));
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

int unlink(const char *path) {
  if (!ours(path)) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&lock);
  int n = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  int error = errno;
  if (n == 0) note('U', path, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}
