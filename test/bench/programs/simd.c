/* Integer Advanced SIMD as media code uses it: blending pixels, sums of absolute differences, and a filter of 16-bit samples. */
#include <arm_neon.h>
#include "bench.h"

#define BYTES 16384
#define ROUNDS 36000

static u8 source[BYTES + 64], target[BYTES + 64];
static short samples[BYTES / 2 + 16], results[BYTES / 2 + 16];

static void blend(u8 alpha)
{
	uint8x8_t over = vdup_n_u8(alpha), under = vdup_n_u8((u8)(255 - alpha));

	for (int i = 0; i < BYTES; i += 16) {
		uint8x16_t x = vld1q_u8(source + i), y = vld1q_u8(target + i);
		uint16x8_t low = vmlal_u8(vmull_u8(vget_low_u8(x), over), vget_low_u8(y), under);
		uint16x8_t high = vmlal_u8(vmull_u8(vget_high_u8(x), over), vget_high_u8(y), under);

		vst1q_u8(target + i, vcombine_u8(vrshrn_n_u16(low, 8), vrshrn_n_u16(high, 8)));
	}
}

static u32 differences(void)
{
	uint32x4_t sums = vdupq_n_u32(0);

	for (int i = 0; i < BYTES; i += 256) {
		uint16x8_t sum = vdupq_n_u16(0);

		for (int j = i; j < i + 256; j += 16) {
			uint8x16_t x = vld1q_u8(source + j + 1), y = vld1q_u8(target + j);

			sum = vpadalq_u8(sum, vabdq_u8(x, y));
		}
		sums = vpadalq_u16(sums, sum);
	}
	return vgetq_lane_u32(sums, 0) + vgetq_lane_u32(sums, 1) + vgetq_lane_u32(sums, 2) + vgetq_lane_u32(sums, 3);
}

static void filter(void)
{
	static const short taps[] = { 3, -17, 78, 301, 301, 78, -17, 3 };

	for (int i = 0; i < BYTES / 2; i += 8) {
		int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);

		for (int tap = 0; tap < 8; tap++) {
			int16x8_t x = vld1q_s16(samples + i + tap);

			low = vmlal_n_s16(low, vget_low_s16(x), taps[tap]);
			high = vmlal_n_s16(high, vget_high_s16(x), taps[tap]);
		}
		vst1q_s16(results + i, vcombine_s16(vqrshrn_n_s32(low, 10), vqrshrn_n_s32(high, 10)));
	}
}

u32 benchmark(void)
{
	u32 seed = 7, result = 0;

	for (int i = 0; i < BYTES; i++) {
		source[i] = (u8)(random32(&seed) >> 24);
		samples[i / 2] = (short)(random32(&seed) >> 18);
	}
	for (int round = 0; round < ROUNDS; round++) {
		blend((u8)(round * 7 + 1));
		result = result * 33 + differences();
		filter();
		result ^= (u32)results[round % (BYTES / 2)];
	}
	return result;
}
