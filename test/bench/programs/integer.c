/*
 * Integer work of the four kinds that programs for small machines spend their time in: walking and sorting linked
 * lists, multiplying matrices of small integers, a state machine over text, and CRC over what the others produced.
 */
#include "bench.h"

#define ROUNDS 48000
#define NODES 200
#define SIZE 24

struct node {
	struct node *next;
	s32 value;
	s32 key;
};

static struct node nodes[NODES];
static s32 a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
static char text[256];

static u32 crc16(u32 crc, u32 word)
{
	for (int i = 0; i < 32; i++) {
		u32 bit = (crc ^ word) & 1;

		crc >>= 1;
		word >>= 1;
		if (bit)
			crc ^= 0xa001;
	}
	return crc;
}

static struct node *make_list(u32 *seed)
{
	struct node *head = 0;

	for (int i = 0; i < NODES; i++) {
		nodes[i].value = (s32)(random32(seed) & 0x7fff);
		nodes[i].key = i;
		nodes[i].next = head;
		head = &nodes[i];
	}
	return head;
}

static int by_value(const struct node *x, const struct node *y)
{
	return x->value - y->value;
}

static int by_key(const struct node *x, const struct node *y)
{
	return x->key - y->key;
}

static struct node *merge(struct node *x, struct node *y, int (*compare)(const struct node *, const struct node *))
{
	struct node head, *tail = &head;

	while (x && y) {
		struct node **from = compare(x, y) <= 0 ? &x : &y;

		tail->next = *from;
		tail = *from;
		*from = (*from)->next;
	}
	tail->next = x ? x : y;
	return head.next;
}

static struct node *sort(struct node *list, int count, int (*compare)(const struct node *, const struct node *))
{
	struct node *second = list;

	if (count <= 1) {
		if (list)
			list->next = 0;
		return list;
	}
	for (int i = 0; i < count / 2; i++)
		second = second->next;
	second = sort(second, count - count / 2, compare);
	return merge(sort(list, count / 2, compare), second, compare);
}

static struct node *reverse(struct node *list)
{
	struct node *done = 0;

	while (list) {
		struct node *next = list->next;

		list->next = done;
		done = list;
		list = next;
	}
	return done;
}

static u32 lists(u32 *seed)
{
	struct node *list = make_list(seed);
	u32 crc = 0;

	/* Found by walking, as many programs do. */
	for (int key = 0; key < NODES; key += 7) {
		struct node *at = list;

		while (at && at->key != key)
			at = at->next;
		crc += at ? (u32)at->value : 1;
	}
	list = reverse(sort(list, NODES, by_value));
	for (struct node *at = list; at; at = at->next)
		crc = crc * 31 + (u32)at->value;
	list = sort(list, NODES, by_key);
	return crc + (u32)list->value;
}

static u32 matrices(u32 *seed)
{
	u32 sum = 0;

	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) {
			a[i][j] = (s32)(random32(seed) >> 20);
			b[i][j] = i * j - a[i][j];
		}
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) {
			s32 dot = 0;

			for (int k = 0; k < SIZE; k++)
				dot += (s32)(short)a[i][k] * (short)b[k][j];
			c[i][j] = dot;
			sum += (u32)(dot >> 4) ^ (u32)((dot >> 2) & 0xf);
		}
	return sum;
}

enum state { START, SIGN, DIGITS, DOT, FRACTION, EXPONENT, WORD, WRONG, STATES };

static u32 state_machine(u32 *seed)
{
	static const char alphabet[] = "0123456789+-.eE,,, abcxyz";
	u32 counts[STATES] = { 0 };
	u32 result = 0;
	enum state state = START;

	for (unsigned int i = 0; i < sizeof text; i++)
		text[i] = alphabet[random32(seed) % (sizeof alphabet - 1)];
	for (unsigned int i = 0; i < sizeof text; i++) {
		char at = text[i];

		switch (state) {
		case START:
			state = at >= '0' && at <= '9' ? DIGITS :
				at == '+' || at == '-' ? SIGN :
				at == '.' ? DOT :
				at >= 'a' && at <= 'z' ? WORD :
				at == ',' ? START : WRONG;
			break;
		case SIGN:
			state = at >= '0' && at <= '9' ? DIGITS : at == '.' ? DOT : at == ',' ? START : WRONG;
			break;
		case DIGITS:
			if (at == '.')
				state = FRACTION;
			else if (at == 'e' || at == 'E')
				state = EXPONENT;
			else if (at == ',')
				state = START;
			else if (at < '0' || at > '9')
				state = WRONG;
			break;
		case DOT:
		case FRACTION:
			if (at == 'e' || at == 'E')
				state = EXPONENT;
			else if (at == ',')
				state = START;
			else
				state = at >= '0' && at <= '9' ? FRACTION : WRONG;
			break;
		case EXPONENT:
			if (at == ',')
				state = START;
			else if ((at < '0' || at > '9') && at != '-' && at != '+')
				state = WRONG;
			break;
		case WORD:
			if (at == ',' || at == ' ')
				state = START;
			break;
		default:
			if (at == ',')
				state = START;
			break;
		}
		counts[state]++;
	}
	for (int i = 0; i < STATES; i++)
		result = result * 257 + counts[i];
	return result;
}

u32 benchmark(void)
{
	u32 seed = 12345, crc = 0xffff;

	for (int round = 0; round < ROUNDS; round++) {
		crc = crc16(crc, lists(&seed));
		crc = crc16(crc, matrices(&seed));
		crc = crc16(crc, state_machine(&seed));
		for (int i = 0; i < SIZE; i++)
			crc = crc16(crc, (u32)c[i][i]);
	}
	return crc;
}
