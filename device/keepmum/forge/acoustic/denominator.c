/* Sums over every sequence of phones, by the probability of each after the two before it. */
#include "forward_backward.h"

/* The phone before the last one, or PHONES where there was none yet. */
#define HISTORIES (PHONES + 1)
#define STATES (HISTORIES * PHONES)
#define STATE(before, phone) ((before) * PHONES + (phone))

/* A state with less than this share of its frame is left out of both directions alike. */
#define NEGLIGIBLE 1e-12f

/* How the phones follow each other; laid out so that the innermost loop reads a row. */
struct trigram {
    const float *next;  /* [phone][before][next] */
    const float *first; /* [phone] at the beginning */
    const float *last;  /* [before][phone] at the end */
};

/* Divide by the sum, drop what is negligible, and return the logarithm of what was divided by. */
static double normalise(float *mass, float *entering)
{
    float sum = 0;
    for (int state = 0; state < STATES; state++)
        sum += mass[state];
    const float scale = 1 / sum;
    for (int state = 0; state < STATES; state++) {
        const float share = mass[state] * scale;
        mass[state] = share < NEGLIGIBLE ? 0 : share;
        entering[state] = share < NEGLIGIBLE ? 0 : entering[state] * scale;
    }
    return log(sum);
}

/* One frame forwards: `mass` is all that is in a state now, `entering` the part that has just come. */
static void advance(const float *past, const float *emission, const struct trigram *lm, float *mass, float *entering)
{
    memset(entering + STATE(PHONES, 0), 0, PHONES * sizeof *entering);
    for (int phone = 0; phone < PHONES; phone++) {
        float sum[PHONES] = {0};
        for (int before = 0; before < HISTORIES; before++) {
            const float weight = past[STATE(before, phone)];
            if (weight == 0)
                continue;
            const float *next = lm->next + (phone * HISTORIES + before) * PHONES;
            for (int to = 0; to < PHONES; to++)
                sum[to] += weight * next[to];
        }
        for (int to = 0; to < PHONES; to++)
            entering[STATE(phone, to)] = sum[to] * emission[ENTERS(to)];
    }
    for (int before = 0; before < HISTORIES; before++)
        for (int phone = 0; phone < PHONES; phone++) {
            const int state = STATE(before, phone);
            mass[state] = entering[state] + past[state] * emission[STAYS(phone)];
        }
}

/* How much of the sum goes through each output in one frame; the shares of a frame make 1. */
static void share_out(const float *mass, const float *entering, const float *future, float *shares)
{
    memset(shares, 0, OUTPUTS * sizeof *shares);
    for (int before = 0; before < HISTORIES; before++)
        for (int phone = 0; phone < PHONES; phone++) {
            const int state = STATE(before, phone);
            shares[ENTERS(phone)] += entering[state] * future[state];
            shares[STAYS(phone)] += (mass[state] - entering[state]) * future[state];
        }
    float sum = 0;
    for (int output = 0; output < OUTPUTS; output++)
        sum += shares[output];
    for (int output = 0; output < OUTPUTS; output++)
        shares[output] /= sum;
}

/* One frame backwards: from what can follow a frame to what can follow the frame before it. */
static void retreat(const float *past, const float *emission, const struct trigram *lm, const float *future,
                    float *result)
{
    float largest = 0;
    for (int phone = 0; phone < PHONES; phone++) {
        float onward[PHONES];
        for (int to = 0; to < PHONES; to++)
            onward[to] = future[STATE(phone, to)] * emission[ENTERS(to)];
        for (int before = 0; before < HISTORIES; before++) {
            const int state = STATE(before, phone);
            result[state] = 0;
            if (past[state] == 0)
                continue;
            const float *next = lm->next + (phone * HISTORIES + before) * PHONES;
            float sum = future[state] * emission[STAYS(phone)];
            for (int to = 0; to < PHONES; to++)
                sum += next[to] * onward[to];
            result[state] = sum;
            largest = sum > largest ? sum : largest;
        }
    }
    const float scale = 1 / largest;
    for (int state = 0; state < STATES; state++)
        result[state] *= scale;
}

/* What a walk over all frames keeps, out of one piece of memory: [frames][STATES] each, then two rows. */
struct walk {
    float *masses, *enterings, *future, *earlier;
};

/* Fill in the masses; returns the logarithm of their sum so far. */
static double all_forwards(const struct walk *walk, const float *emissions, int frames, const struct trigram *lm)
{
    memset(walk->masses, 0, STATES * sizeof *walk->masses);
    for (int phone = 0; phone < PHONES; phone++)
        walk->masses[STATE(PHONES, phone)] = lm->first[phone] * emissions[ENTERS(phone)];
    memcpy(walk->enterings, walk->masses, STATES * sizeof *walk->enterings);
    double sum = normalise(walk->masses, walk->enterings);
    for (int frame = 1; frame < frames; frame++) {
        float *mass = walk->masses + STATES * (size_t)frame, *entering = walk->enterings + STATES * (size_t)frame;
        advance(mass - STATES, emissions + OUTPUTS * (size_t)frame, lm, mass, entering);
        sum += normalise(mass, entering);
    }
    return sum;
}

static void all_backwards(struct walk *walk, const float *emissions, int frames, const struct trigram *lm,
                          float *shares)
{
    memcpy(walk->future, lm->last, STATES * sizeof *walk->future);
    for (int frame = frames - 1; frame >= 0; frame--) {
        const size_t at = STATES * (size_t)frame;
        share_out(walk->masses + at, walk->enterings + at, walk->future, shares + OUTPUTS * (size_t)frame);
        if (frame == 0)
            break;
        retreat(walk->masses + at - STATES, emissions + OUTPUTS * (size_t)frame, lm, walk->future, walk->earlier);
        float *swapped = walk->future;
        walk->future = walk->earlier;
        walk->earlier = swapped;
    }
}

/* All phone sequences. Writes [frames][OUTPUTS] shares and the logarithm of the sum. */
int denominator(const float *emissions, int frames, const float *next, const float *first, const float *last,
                float *shares, double *logarithm)
{
    const struct trigram lm = {next, first, last};
    const size_t table = STATES * (size_t)frames;
    float *arena = malloc(sizeof *arena * (2 * table + 2 * STATES));
    if (!arena)
        return OUT_OF_MEMORY;
    struct walk walk = {arena, arena + table, arena + 2 * table, arena + 2 * table + STATES};
    const double sum = all_forwards(&walk, emissions, frames, &lm);
    float ending = 0;
    for (int state = 0; state < STATES; state++)
        ending += walk.masses[table - STATES + state] * last[state];
    *logarithm = sum + log(ending);
    all_backwards(&walk, emissions, frames, &lm, shares);
    free(arena);
    return isfinite(*logarithm) ? FOUND : NO_PATH;
}
