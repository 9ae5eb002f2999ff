/*
 * A disk that fails when told to: loaded with LD_PRELOAD. While the file named by an environment
 * variable exists, calls on files below FAULT_PATH fail with the errno that the file holds:
 * FAULT_SYNC for fsync and fdatasync, FAULT_WRITE for write. While FAULT_SHORT exists, write takes half.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_below_path(int fd) {
  const char *path = getenv("FAULT_PATH");
  char link[64], target[4096];
  if (path == NULL || fd < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  return strncmp(target, path, strlen(path)) == 0;
}

/* The errno to fail with, or 0. Reads with the raw descriptor, so it never meets its own write. */
static int fault(const char *variable, int fd) {
  const char *flag = getenv(variable);
  char text[16] = {0};
  if (flag == NULL || access(flag, F_OK) != 0 || !is_below_path(fd)) return 0;
  int file = open(flag, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  int number = length > 0 ? atoi(text) : 0;
  return number > 0 ? number : EIO;
}

int fsync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  int number = fault("FAULT_SYNC", fd);
  if (number == 0) return real(fd);
  errno = number;
  return -1;
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  int number = fault("FAULT_SYNC", fd);
  if (number == 0) return real(fd);
  errno = number;
  return -1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (real == NULL) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  int number = fault("FAULT_WRITE", fd);
  if (number != 0) {
    errno = number;
    return -1;
  }
  if (length > 1 && fault("FAULT_SHORT", fd) != 0) length /= 2;
  return real(fd, bytes, length);
}
