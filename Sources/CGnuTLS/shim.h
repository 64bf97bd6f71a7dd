/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GnuTLS, loaded by those who open a TLS connection and not linked: it brings nine more libraries along, which cost each process
   2.3 MB and 1.2 ms before its first instruction, and few tools ever talk TLS. PresharedTLS/GnuTLS.swift loads it. */
#include <dlfcn.h>
#include <gnutls/gnutls.h>

/* The functions in use. The compiler knows their types from GnuTLS's own header. */
#define CLUSTERCTL_GNUTLS_FUNCTIONS(USE) \
    USE(alert_send_appropriate) USE(bye) USE(credentials_set) USE(deinit) USE(handshake) USE(init) USE(priority_deinit) \
    USE(priority_init) USE(priority_set_direct) USE(psk_allocate_client_credentials) USE(psk_allocate_server_credentials) \
    USE(psk_free_client_credentials) USE(psk_free_server_credentials) USE(psk_set_client_credentials) \
    USE(psk_set_server_credentials_function) USE(psk_set_server_known_dh_params) USE(record_recv) USE(record_send) \
    USE(session_get_desc) USE(session_get_ptr) USE(session_set_ptr) USE(strerror) USE(transport_set_errno) \
    USE(transport_set_ptr) USE(transport_set_pull_function) USE(transport_set_pull_timeout_function) \
    USE(transport_set_push_function)

struct gnutls_functions {
#define CLUSTERCTL_MEMBER(name) __typeof__(gnutls_##name) *name;
    CLUSTERCTL_GNUTLS_FUNCTIONS(CLUSTERCTL_MEMBER)
#undef CLUSTERCTL_MEMBER
};

/* Fills the table from the loaded library. Returns the name of a function that it lacks, or NULL if all are there. */
static inline const char *gnutls_functions_find(struct gnutls_functions *table, void *library) {
#define CLUSTERCTL_FIND(name) \
    if (!(*(void **)&table->name = dlsym(library, "gnutls_" #name))) return "gnutls_" #name;
    CLUSTERCTL_GNUTLS_FUNCTIONS(CLUSTERCTL_FIND)
#undef CLUSTERCTL_FIND
    return 0;
}
