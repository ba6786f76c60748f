/* Sums over the ways in which the phones that were said can be heard, with a silence wherever there may be one. */
#include "forward_backward.h"

/* Products below this would be denormal, and a hundred times slower. */
#define VANISHED 1e-280

/* What was said: `count` phones, of which those that are 0 may be left out. */
struct said {
    const int *phones;
    int count, frames, lead, trail;
};

/* Whether a phone may stand in a frame: in the known silence at both ends only the silence there may. */
static int may_stand(const struct said *said, int place, int frame)
{
    if (frame < said->lead && place != 0)
        return 0;
    return frame < said->frames - said->trail || place == said->count - 1;
}

/* Whether the phone before this place may be left out. */
static int may_skip(const struct said *said, int place)
{
    return place >= 2 && said->phones[place - 1] == 0;
}

/* One frame forwards; returns the sum over all places, 0 if no path goes on. */
static double follow(const struct said *said, int frame, const float *emission, const double *past, double *mass,
                     double *entering)
{
    double sum = 0;
    for (int place = 0; place < said->count; place++) {
        mass[place] = entering[place] = 0;
        if (!may_stand(said, place, frame))
            continue;
        double from = place >= 1 ? past[place - 1] : 0;
        if (may_skip(said, place))
            from += past[place - 2];
        entering[place] = from * emission[ENTERS(said->phones[place])];
        mass[place] = entering[place] + past[place] * emission[STAYS(said->phones[place])];
        sum += mass[place];
    }
    return sum;
}

static void scale_down(int count, double sum, double *mass, double *entering)
{
    for (int place = 0; place < count; place++) {
        const int vanished = mass[place] < sum * VANISHED;
        mass[place] = vanished ? 0 : mass[place] / sum;
        entering[place] = vanished ? 0 : entering[place] / sum;
    }
}

/* One frame backwards. What no path reached from the front stays 0: from the back it could grow beyond any number. */
static void lead_back(const struct said *said, int frame, const float *emission, double sum, const double *past,
                      const double *future, double *result)
{
    for (int place = 0; place < said->count; place++) {
        double onward = 0;
        result[place] = 0;
        if (past[place] == 0)
            continue;
        for (int to = place; to <= place + 2 && to < said->count; to++) {
            const int stays = to == place;
            if (!may_stand(said, to, frame) || (to == place + 2 && !may_skip(said, to)))
                continue;
            onward += future[to] * emission[stays ? STAYS(said->phones[to]) : ENTERS(said->phones[to])];
        }
        result[place] = onward / sum;
    }
}

/* What a walk over what was said keeps: [frames][count] twice, [frames], and two rows. */
struct path {
    double *masses, *enterings, *sums, *future, *earlier;
};

/* Fill in the masses and sums. Returns whether any path reaches the last frame. */
static int said_forwards(const struct said *said, const float *emissions, struct path *path)
{
    const int count = said->count;
    for (int place = 0; place < count; place++) {
        const int begins = place == 0 || (place == 1 && said->phones[0] == 0);
        path->masses[place] = begins && may_stand(said, place, 0) ? emissions[ENTERS(said->phones[place])] : 0;
        path->enterings[place] = path->masses[place];
    }
    path->sums[0] = 0;
    for (int place = 0; place < count; place++)
        path->sums[0] += path->masses[place];
    for (int frame = 0; frame < said->frames; frame++) {
        double *mass = path->masses + (size_t)frame * count, *entering = path->enterings + (size_t)frame * count;
        if (frame > 0)
            path->sums[frame] =
                follow(said, frame, emissions + OUTPUTS * (size_t)frame, mass - count, mass, entering);
        if (!(path->sums[frame] > 0))
            return 0;
        scale_down(count, path->sums[frame], mass, entering);
    }
    return 1;
}

/* Take each frame's shares away from `gradient`; `future` already says where a path may end. */
static void said_backwards(const struct said *said, const float *emissions, struct path *path, float *gradient)
{
    const int count = said->count;
    for (int frame = said->frames - 1; frame >= 0; frame--) {
        const double *mass = path->masses + (size_t)frame * count, *entering = path->enterings + (size_t)frame * count;
        float *row = gradient + OUTPUTS * (size_t)frame;
        for (int place = 0; place < count; place++) {
            row[ENTERS(said->phones[place])] -= (float)(entering[place] * path->future[place]);
            row[STAYS(said->phones[place])] -= (float)((mass[place] - entering[place]) * path->future[place]);
        }
        if (frame == 0)
            break;
        lead_back(said, frame, emissions + OUTPUTS * (size_t)frame, path->sums[frame], mass - count, path->future,
                  path->earlier);
        double *swapped = path->future;
        path->future = path->earlier;
        path->earlier = swapped;
    }
}

/* Both walks; returns whether there is a path, with the logarithm of the sum over all paths. */
static int walk_said(const struct said *said, const float *emissions, struct path *path, float *gradient,
                     double *logarithm)
{
    if (!said_forwards(said, emissions, path))
        return 0;
    const int last = said->count - 1, may_end_early = last > 0 && said->phones[last] == 0;
    const double *ends = path->masses + (size_t)(said->frames - 1) * said->count;
    const double ending = ends[last] + (may_end_early ? ends[last - 1] : 0);
    if (!(ending > VANISHED))
        return 0;
    *logarithm = log(ending);
    for (int frame = 0; frame < said->frames; frame++)
        *logarithm += log(path->sums[frame]);
    memset(path->future, 0, said->count * sizeof *path->future);
    path->future[last] = 1 / ending;
    if (may_end_early)
        path->future[last - 1] = 1 / ending;
    said_backwards(said, emissions, path, gradient);
    return 1;
}

/* The phones that were said. Takes each frame's shares away from `gradient` ([frames][OUTPUTS]), so that after
 * `denominator` it holds the difference; leaves it as it was if the phones do not fit into the frames. */
int numerator(const float *emissions, int frames, const int *phones, int count, int lead, int trail, float *gradient,
              double *logarithm)
{
    const struct said said = {phones, count, frames, lead, trail};
    const size_t table = (size_t)frames * count;
    double *arena = malloc(sizeof *arena * (2 * table + (size_t)frames + 2 * (size_t)count));
    if (!arena)
        return OUT_OF_MEMORY;
    double *sums = arena + 2 * table, *future = sums + frames;
    struct path path = {arena, arena + table, sums, future, future + count};
    const int found = walk_said(&said, emissions, &path, gradient, logarithm);
    free(arena);
    return found ? FOUND : NO_PATH;
}
