/* The peer of `burr serve`: libmicrohttpd with a handler that sends 1 KB, and nothing else.
   Prints its port. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *reply;

static enum MHD_Result answer(
    void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **slot) {
    static int begun;
    (void)context, (void)url, (void)method, (void)version, (void)upload, (void)upload_size;
    /* Answering at the first call would close the connection. */
    if (*slot == NULL) {
        *slot = &begun;
        return MHD_YES;
    }
    return MHD_queue_response(connection, 200, reply);
}

int main(void) {
    static char body[1024];
    memset(body, 'x', sizeof body);
    reply = MHD_create_response_from_buffer(sizeof body, body, MHD_RESPMEM_PERSISTENT);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, 2U, MHD_OPTION_END);
    if (daemon == NULL) return 1;
    printf("%d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    pause();
}
