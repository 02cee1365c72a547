// LMDB as a log: 8-byte big-endian keys in order, MDB_APPEND.
//
//   lmdb_append PAYLOAD COUNT BATCH sync|nosync FOLDER TEXT
//
// Key and value together are PAYLOAD bytes; one transaction holds BATCH records.
#include <lmdb.h>

#include "measure.h"

static void check(int code) {
    if (code == 0) return;
    fprintf(stderr, "lmdb_append: %s\n", mdb_strerror(code));
    exit(1);
}

int main(int count, char **arguments) {
    if (count != 7) return fprintf(stderr, "usage: see lmdb_append.c\n"), 1;
    size_t payload = (size_t)atol(arguments[1]);
    long records = atol(arguments[2]), batch = atol(arguments[3]);
    int sync = strcmp(arguments[4], "sync") == 0;
    struct text text = read_text(arguments[6]);
    MDB_env *environment;
    check(mdb_env_create(&environment));
    // An overflow page each and the tree: room for three times the payload.
    check(mdb_env_set_mapsize(environment, (size_t)records * (payload + 4096) * 3 + (64 << 20)));
    check(mdb_env_open(environment, arguments[5], sync ? 0 : MDB_NOSYNC, 0644));

    MDB_dbi table = 0;
    double begin = now();
    for (long number = 0; number < records;) {
        MDB_txn *transaction;
        check(mdb_txn_begin(environment, NULL, 0, &transaction));
        if (number == 0) check(mdb_dbi_open(transaction, NULL, 0, &table));
        for (long end = number + batch; number < end && number < records; number += 1) {
            uint64_t name = __builtin_bswap64((uint64_t)number);
            const char *source = payload_at(&text, number, payload);
            MDB_val key = {sizeof name, &name};
            MDB_val value = {payload - sizeof name, (void *)(uintptr_t)source};
            check(mdb_put(transaction, table, &key, &value, MDB_APPEND));
        }
        check(mdb_txn_commit(transaction));
    }
    double end = now();
    print_result(records, end - begin, (long long)payload * records);
    mdb_env_close(environment);
    return 0;
}
