/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System headers of Linux that Swift's Glibc module leaves out, and declarations that hide behind _GNU_SOURCE. No code. */
#include <link.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>

#ifndef __USE_GNU
/* The part of the record that every C library has. */
struct dl_phdr_info {
    ElfW(Addr) dlpi_addr;
    const char *dlpi_name;
    const ElfW(Phdr) *dlpi_phdr;
    ElfW(Half) dlpi_phnum;
};
int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *object, size_t size, void *argument), void *argument);
#endif

int pthread_setname_np(pthread_t thread, const char *name);
int pipe2(int ends[2], int flags);
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
