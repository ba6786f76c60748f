/* What the two halves of LF-MMI training share: how a network's outputs stand for phones, and how a half may end.
 *
 * Both halves walk a lattice forwards and backwards and return the logarithm of its sum, and for each frame how much
 * of the sum goes through each of the network's outputs. `emissions` holds [frames][OUTPUTS] likelihoods, at most 1
 * in each frame. A phone p is one state: output 2p for the frame that enters it, 2p + 1 for each further one.
 *
 * Compile with -DPHONES=n, the number of phones with silence, which is phone 0: loops of a known length are twice as
 * fast as others. Nothing is kept between calls, so several threads may call at once.
 */
#ifndef KEEPMUM_FORWARD_BACKWARD_H
#define KEEPMUM_FORWARD_BACKWARD_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUTS (2 * PHONES)
#define ENTERS(phone) (2 * (phone))
#define STAYS(phone) (2 * (phone) + 1)

enum outcome { FOUND = 0, OUT_OF_MEMORY = 1, NO_PATH = 2 };

#endif
