/* The door to libmicrohttpd. Its variadic calls and cast constants do not reach Swift: one-line
   wrappers stand for them. */
#include <microhttpd.h>
#include <sys/socket.h>

/* MHD_start_daemon with the options as an array that ends with MHD_OPTION_END. */
static inline struct MHD_Daemon *microhttpd_start(
    unsigned flags, MHD_AccessHandlerCallback handler, void *context,
    struct MHD_OptionItem *options) {
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* The object that was attached to a connection when it began. */
static inline void *microhttpd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* The socket of a connection, or -1. */
static inline int microhttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static const ssize_t microhttpd_end_of_stream = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t microhttpd_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;
static const uint64_t microhttpd_size_unknown = MHD_SIZE_UNKNOWN;
static const unsigned microhttpd_flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
