/* Scalar floating point: bodies under gravity (double), an escape-time fractal (double), and a digital filter (single). */
#include "bench.h"

#define BODIES 5
#define STEPS 3200000
#define POINTS 452
#define SAMPLES 4096
#define PASSES 3200

struct body {
	double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[BODIES];
static float samples[SAMPLES], filtered[SAMPLES];

static inline double root(double x)
{
	double result;

	__asm__("vsqrt.f64 %P0, %P1" : "=w"(result) : "w"(x));
	return result;
}

static void step(double time)
{
	for (int i = 0; i < BODIES; i++)
		for (int j = i + 1; j < BODIES; j++) {
			double dx = bodies[i].x - bodies[j].x;
			double dy = bodies[i].y - bodies[j].y;
			double dz = bodies[i].z - bodies[j].z;
			double distance2 = dx * dx + dy * dy + dz * dz;
			double force = time / (distance2 * root(distance2));

			bodies[i].vx -= dx * bodies[j].mass * force;
			bodies[i].vy -= dy * bodies[j].mass * force;
			bodies[i].vz -= dz * bodies[j].mass * force;
			bodies[j].vx += dx * bodies[i].mass * force;
			bodies[j].vy += dy * bodies[i].mass * force;
			bodies[j].vz += dz * bodies[i].mass * force;
		}
	for (int i = 0; i < BODIES; i++) {
		bodies[i].x += time * bodies[i].vx;
		bodies[i].y += time * bodies[i].vy;
		bodies[i].z += time * bodies[i].vz;
	}
}

static u32 gravity(void)
{
	u64 bits = 0;

	for (int i = 0; i < BODIES; i++) {
		bodies[i] = (struct body){ i * 3.5, i * i - 2.25, 0.5 - i, 0.1 * i, 0.2 - 0.05 * i, 0.01 * i, 1.0 / (i + 1) };
	}
	for (int i = 0; i < STEPS; i++)
		step(0.001);
	for (int i = 0; i < BODIES; i++) {
		union { double value; u64 bits; } word = { bodies[i].x };

		bits ^= word.bits;
	}
	return (u32)(bits ^ bits >> 32);
}

static u32 fractal(void)
{
	u32 total = 0;

	for (int row = 0; row < POINTS; row++)
		for (int column = 0; column < POINTS; column++) {
			double cx = column * (3.0 / POINTS) - 2.0, cy = row * (2.5 / POINTS) - 1.25;
			double x = 0, y = 0;
			int count = 0;

			while (count < 500 && x * x + y * y < 4.0) {
				double next = x * x - y * y + cx;

				y = 2.0 * x * y + cy;
				x = next;
				count++;
			}
			total += (u32)count;
		}
	return total;
}

static u32 filter(void)
{
	u32 seed = 99, sum = 0;

	for (int i = 0; i < SAMPLES; i++)
		samples[i] = (float)(s32)(random32(&seed) >> 16) * (1.0f / 65536.0f);
	for (int pass = 0; pass < PASSES; pass++) {
		float x1 = 0, x2 = 0, y1 = 0, y2 = 0;

		for (int i = 0; i < SAMPLES; i++) {
			float x = samples[i];
			float y = 0.0675f * x + 0.1349f * x1 + 0.0675f * x2 + 1.143f * y1 - 0.4128f * y2;

			x2 = x1;
			x1 = x;
			y2 = y1;
			y1 = y;
			filtered[i] = y;
		}
		for (int i = 0; i < SAMPLES; i++)
			samples[i] = filtered[i] * 0.999f + 0.001f;
	}
	for (int i = 0; i < SAMPLES; i++)
		sum += (u32)(s32)(filtered[i] * 1e6f);
	return sum;
}

u32 benchmark(void)
{
	u32 result = gravity();

	result = result * 31 + fractal();
	return result * 31 + filter();
}
