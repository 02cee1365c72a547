// English-like text, the same on every machine: words drawn by Zipf's law, with sentences, numbers
// and names. LZ4 makes it 1.8 times smaller in
// large blocks, as it does real prose.
#ifndef PROSE_H
#define PROSE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const prose_words[] = {
    "the", "to", "and", "a", "of", "you", "I", "it", "is", "in", "that", "for", "we", "on",
    "with", "this", "can", "be", "not", "have", "are", "as", "what", "if", "from", "your", "but",
    "at", "do", "will", "so", "was", "or", "by", "one", "would", "there", "an", "when", "my",
    "how", "about", "they", "all", "which", "more", "like", "could", "then", "has", "some", "me",
    "time", "no", "out", "them", "just", "up", "get", "need", "want", "make", "use", "other",
    "their", "know", "should", "work", "any", "first", "new", "our", "see", "here", "than",
    "also", "only", "were", "two", "into", "because", "people", "think", "way", "good", "after",
    "well", "order", "days", "please", "thanks", "question", "answer", "before", "where", "each",
    "most", "even", "help", "look", "still", "problem", "before", "change", "week", "start",
    "really", "number", "part", "same", "case", "right", "might", "really", "small", "find",
    "point", "long", "different", "without", "again", "never", "while", "around", "through",
    "between", "example", "system", "result", "report", "customer", "delivery", "payment",
    "invoice", "account", "message", "document", "shipping", "address", "weather", "morning",
    "kitchen", "garden", "travel", "station", "music", "history", "library", "doctor", "window",
    "market", "country", "language", "computer", "program", "function", "variable", "database",
    "service", "request", "response", "network", "version", "release", "deploy", "container",
    "pipeline", "memory", "storage", "snapshot", "record", "replay", "decision", "budget",
    "quarter", "revenue", "contract", "supplier", "warehouse", "schedule", "meeting", "summary",
    "analysis", "compare", "measure", "estimate", "confirm", "cancel", "refund", "replace",
    "upgrade", "subscribe", "describe", "explain", "translate", "recommend", "suggest",
    "consider", "understand", "remember", "continue", "finish", "prepare", "deliver", "develop",
    "improve", "increase", "reduce", "support", "protect", "provide", "receive", "return",
    "quickly", "carefully", "probably", "usually", "recently", "exactly", "certainly", "simply",
    "available", "possible", "important", "difficult", "expensive", "comfortable", "interesting",
    "beautiful", "reasonable", "temporary", "permanent", "financial", "technical", "personal",
    "medical", "electric", "chemical", "mountain", "coastal", "northern", "southern", "ancient",
    "modern", "yellow", "orange", "purple", "silver", "golden", "wooden", "winter", "summer",
    "autumn", "spring", "monday", "thursday", "january", "october", "breakfast", "dinner",
    "vegetable", "chocolate", "butter", "flour", "recipe", "oven", "bicycle", "engine", "battery",
    "airport", "ticket", "luggage", "passport", "hotel", "museum", "theatre", "painting",
    "orchestra", "novel", "chapter", "sentence", "grammar", "student", "teacher", "professor",
    "laboratory", "experiment", "hypothesis", "evidence", "theory", "equation", "geometry",
    "molecule", "protein", "bacteria", "planet", "satellite", "telescope", "gravity", "quantum",
    "electron", "magnet", "circuit", "voltage", "frequency", "amplifier", "microphone", "camera",
    "lens", "sculpture", "ceramic", "textile", "fabric", "jacket", "umbrella", "blanket",
    "furniture", "carpenter", "plumber", "electrician", "architect", "engineer", "lawyer",
    "accountant", "journalist", "photographer", "musician", "athlete", "tournament", "champion",
    "referee", "stadium", "election", "parliament", "minister", "treaty", "embassy", "refugee",
    "monarchy", "republic", "revolution", "empire", "colony", "harbour", "lighthouse", "glacier",
    "volcano", "earthquake", "hurricane", "drought", "harvest", "orchard", "vineyard", "pasture",
    "livestock", "fishery", "forest", "meadow", "desert", "island", "peninsula", "estuary",
};

static uint64_t prose_next(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL;
}

static double prose_unit(uint64_t *state) {
    return (double)(prose_next(state) >> 11) / 9007199254740992.0;
}

/// One word, number or name with the space or stop before it; at most 40 bytes.
static int prose_word(uint64_t *state, char *out, int *left_in_sentence) {
    const int count = sizeof prose_words / sizeof *prose_words;
    const char *lead = " ";
    int starts = *left_in_sentence <= 0;
    if (starts) {
        static const char *const stops[] = {". ", ". ", ". ", "? ", "! "};
        lead = stops[prose_next(state) % 5];
        *left_in_sentence = 5 + (int)(prose_next(state) % 14);
    } else if (prose_next(state) % 9 == 0) {
        lead = ", ";
    }
    *left_in_sentence -= 1;
    uint64_t dice = prose_next(state) % 100;
    if (dice < 3) return sprintf(out, "%s%d", lead, (int)(prose_next(state) % 10000));
    if (dice < 8) {
        static const char *const heads[] = {"Mar", "An", "Jo", "Ka", "Ste", "Li", "Ro", "Ber"};
        static const char *const tails[] = {"ia", "na", "seph", "rin", "fan", "sa", "bert", "gen"};
        return sprintf(out, "%s%s%s", lead, heads[prose_next(state) % 8],
                       tails[prose_next(state) % 8]);
    }
    int rank = (int)exp(prose_unit(state) * log((double)count + 0.5)) - 1;
    // A flat share keeps rare words as frequent as they are in speech about many subjects.
    if (dice >= 70) rank = (int)(prose_next(state) % (uint64_t)count);
    int length = sprintf(out, "%s%s", lead, prose_words[rank]);
    char *first = out + strlen(lead);
    if (starts && *first >= 'a') *first -= 32;
    return length;
}

/// Fills exactly `length` bytes with text that begins with a capital and ends with a full stop.
static void prose_fill(uint64_t *state, char *out, int length) {
    char word[48];
    int left = 0, at = 0;
    while (at < length) {
        int size = prose_word(state, word, &left);
        const char *text = word;
        if (at == 0) {
            text += 2;
            size -= 2;
        }
        if (size > length - at) size = length - at;
        memcpy(out + at, text, (size_t)size);
        at += size;
    }
    if (out[length - 2] == ' ') out[length - 2] = 's';
    out[length - 1] = '.';
}

#endif
