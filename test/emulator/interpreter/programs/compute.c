/*
 * Integer programs whose results are printed with semihosting, so that the same image runs under QEMU and in the
 * tests' flat machine. Everything is deterministic.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed int s32;
typedef unsigned long long u64;
typedef signed long long s64;

void write0(const char *text);

static void print_hex(const char *name, u64 value)
{
	char text[64];
	int at = 0;
	while (*name)
		text[at++] = *name++;
	text[at++] = ' ';
	for (int i = 60; i >= 0; i -= 4)
		text[at++] = "0123456789abcdef"[(value >> i) & 15];
	text[at++] = '\n';
	text[at] = 0;
	write0(text);
}

static u32 seed = 12345;
static u32 random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static u32 words[1024];
static u8 bytes[4096];
static u16 halves[512];
static s32 matrix[3][16][16];

static void quicksort(s32 *low, s32 *high)
{
	while (low < high) {
		s32 pivot = low[(high - low) / 2], *i = low, *j = high;
		while (i <= j) {
			while (*i < pivot)
				i++;
			while (*j > pivot)
				j--;
			if (i <= j) {
				s32 t = *i;
				*i++ = *j;
				*j-- = t;
			}
		}
		quicksort(low, j);
		low = i;
	}
}

static u32 crc32(const u8 *data, u32 length)
{
	u32 crc = ~0u;
	while (length--) {
		crc ^= *data++;
		for (int i = 0; i < 8; i++)
			crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

static u32 fibonacci(u32 n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static u32 bits(u32 x)
{
	u32 result = __builtin_clz(x | 1) ^ __builtin_ctz(x | 0x80000000u);
	result += __builtin_bswap32(x) ^ ((x >> 7) | (x << 25));
	result ^= (x & 0xff00) >> 4 | (u32)(signed char)x | (u32)(short)(x >> 3);
	result -= __builtin_popcount(x);
	return result;
}

static s64 wide(s64 a, s64 b)
{
	s64 r = a * b;
	r += a / (b | 1);
	r ^= (u64)a % ((u64)b | 3);
	r -= (a << (b & 63)) ^ (b >> (a & 63));
	return r < b ? r : r ^ a;
}

struct pair {
	u64 first;
	s32 second;
	short third;
	signed char fourth;
};

static struct pair shuffle(struct pair p)
{
	struct pair q = { p.first * 3 + p.second, p.third * p.fourth, (short)(p.second >> 5), (signed char)p.first };
	return q;
}

static u32 state_machine(const u8 *text, u32 length)
{
	u32 counts[8] = { 0 };
	for (u32 i = 0; i < length; i++)
		switch (text[i] & 15) {
		case 0: counts[0] += 3; break;
		case 1: counts[1] ^= i; break;
		case 2: counts[2]--; break;
		case 3: counts[3] += counts[2]; break;
		case 4: counts[4] = counts[4] * 5 + 1; break;
		case 5: counts[5] += text[i] >> 4; break;
		case 7: counts[6] |= 1u << (i & 31); break;
		case 9: counts[7] += counts[0] / (counts[5] + 1); break;
		default: counts[i & 7] += 1;
		}
	u32 sum = 0;
	for (int i = 0; i < 8; i++)
		sum = sum * 31 + counts[i];
	return sum;
}

int main(u32 scale)
{
	for (u32 round = 0; round < scale; round++) {
		for (int i = 0; i < 1024; i++)
			words[i] = random32();
		for (int i = 0; i < 4096; i++)
			bytes[i] = (u8)(random32() >> 11);
		print_hex("crc", crc32(bytes, 4096));
		quicksort((s32 *)words, (s32 *)words + 1023);
		print_hex("sorted", crc32((u8 *)words, sizeof words));
		for (int i = 0; i < 512; i++)
			halves[i] = (u16)(words[i] * 7 + bytes[i]);
		print_hex("halves", crc32((u8 *)halves, sizeof halves));
		print_hex("fibonacci", fibonacci(15));
		u32 sum = 0;
		for (int i = 0; i < 1024; i++)
			sum = sum * 33 + bits(words[i]);
		print_hex("bits", sum);
		s64 total = 0;
		for (int i = 0; i < 256; i++)
			total = total * 7 + wide((s64)((u64)words[i] << 32 | words[1023 - i]), (s64)words[i + 200] * (s32)words[i + 300]);
		print_hex("wide", (u64)total);
		for (int i = 0; i < 16; i++)
			for (int j = 0; j < 16; j++) {
				matrix[0][i][j] = (s32)words[i * 16 + j] >> 16;
				matrix[1][i][j] = (short)words[j * 16 + i];
			}
		for (int i = 0; i < 16; i++)
			for (int j = 0; j < 16; j++) {
				s32 cell = 0;
				for (int k = 0; k < 16; k++)
					cell += matrix[0][i][k] * matrix[1][k][j];
				matrix[2][i][j] = cell;
			}
		print_hex("matrix", crc32((u8 *)matrix, sizeof matrix));
		struct pair p = { words[1], (s32)words[2], (short)words[3], (signed char)words[4] };
		for (int i = 0; i < 100; i++)
			p = shuffle(p);
		print_hex("pairs", p.first ^ (u64)(u32)p.second << 16 ^ (u64)(u16)p.third << 40 ^ (u8)p.fourth);
		print_hex("machine", state_machine(bytes, 4096));
	}
	return 0;
}
