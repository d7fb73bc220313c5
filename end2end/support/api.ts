/** What a test needs to be there before it begins, made through the HTTP API. */

export interface SeatTypeInput {
  name: string;
  /** In cents. */
  price: number;
  quota: number;
}

export interface SeatType extends SeatTypeInput {
  id: string;
  version: number;
}

export interface Conference {
  slug: string;
  name: string;
  email: string;
  accessCode: string;
  seatTypes: SeatType[];
}

export interface Order {
  id: string;
  status: string;
  placed_at: string;
  expires_at: string;
  access_code: string;
  total: { amount: number; currency: string };
  seats: { name: string; requested: number; reserved: number }[];
}

/** A sold seat, as its organizer sees it. */
export interface Attendee {
  order_id: string;
  position: number;
  ticket: string;
  checked_in_at: string | null;
}

/** A promotional code, as its organizer makes it. */
export interface PromoCode {
  code: string;
  description?: string;
  discount: { kind: 'percentage'; percent: number } | { kind: 'amount'; amount: { amount: number; currency: string } };
  seat_type_ids?: string[];
  max_uses?: number;
  combines?: 'none' | 'all' | { with: string[] };
}

export interface Person {
  first_name: string;
  last_name: string;
  email: string;
}

export const ADA: Person = { first_name: 'Ada', last_name: 'Okafor', email: 'ada@example.org' };

/** A client of the API with cookies of its own. */
class Client {
  private readonly cookies = new Map<string, string>();

  constructor(protected readonly origin: string) {}

  async send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(this.origin + path, {
      method,
      headers: { 'content-type': 'application/json', cookie },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0].split('=');
      this.cookies.set(name, value);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as Answer;
  }
}

/** Somebody who buys seats elsewhere. */
export class Buyer extends Client {
  async place(conference: Conference, seats: Record<string, number>): Promise<Order> {
    const chosen = Object.entries(seats).map(([name, quantity]) => ({
      seat_type_id: seatType(conference, name).id,
      quantity,
    }));
    return this.send('POST', `/api/conferences/${conference.slug}/orders`, { seats: chosen });
  }

  async register(order: Order, person: Person = ADA): Promise<Order> {
    return this.send('PUT', `/api/orders/${order.id}/registrant`, person);
  }

  async release(order: Order): Promise<Order> {
    return this.send('DELETE', `/api/orders/${order.id}`);
  }

  /** Goes to pay; gives the address of the processor's page. */
  async startPayment(order: Order): Promise<string> {
    await this.register(order);
    const started = await this.send<{ redirect_url: string }>('POST', `/api/orders/${order.id}/payments`, {});
    return new URL(started.redirect_url, this.origin).href;
  }

  /** Presses the button on the processor's page. */
  async pay(address: string): Promise<void> {
    const body = new URLSearchParams({ decision: 'accept' });
    const answer = await fetch(address, { method: 'POST', body, redirect: 'manual' });
    if (answer.status !== 303) throw new Error(`${address}: ${answer.status}`);
  }

  async order(order: Order): Promise<Order> {
    return this.send('GET', `/api/orders/${order.id}`);
  }

  /** Puts somebody on the wait list. */
  async join(conference: Conference, name: string, quantity: number, email: string): Promise<{ id: string }> {
    const body = { email, seat_type_id: seatType(conference, name).id, quantity };
    return this.send('POST', `/api/conferences/${conference.slug}/waitlist`, body);
  }

  /** Leaves the wait list. */
  async leave(id: string): Promise<void> {
    await this.send('DELETE', `/api/waitlist/${id}`);
  }

  /** Says who sits on a seat of a confirmed order. */
  async assign(order: Order, position: number, person: Person): Promise<void> {
    await this.send('PUT', `/api/orders/${order.id}/assignments/${position}`, person);
  }

  /** Places and confirms an order of seats that are free. */
  async buyFree(conference: Conference, seats: Record<string, number>, person: Person = ADA): Promise<Order> {
    const order = await this.place(conference, seats);
    await this.register(order, person);
    return this.send('POST', `/api/orders/${order.id}/confirmation`, {});
  }
}

/** An organizer who is signed in to what she creates. */
export class Organizer extends Client {
  private static count = 0;

  async create(seatTypes: SeatTypeInput[], fields: object = {}): Promise<Conference> {
    Organizer.count += 1;
    const slug = `conference-${Organizer.count}`;
    const email = `organizer-${Organizer.count}@example.org`;
    const input = {
      owner_name: 'Grace Weiss',
      owner_email: email,
      name: `Conference ${Organizer.count}`,
      slug,
      tagline: 'Two days by the canal',
      description: 'Talks in the morning, workshops in the afternoon.\n\nAnd a long evening on the water.',
      location: 'Gasometer, Berlin',
      start_date: '2031-05-08',
      end_date: '2031-05-09',
      currency: 'USD',
      time_zone: 'Europe/Berlin',
      ...fields,
    };
    const created = await this.send<{ slug: string; name: string; access_code: string }>(
      'POST',
      '/api/management/conferences',
      input,
    );
    const { name, access_code: accessCode } = created;
    const conference = { slug: created.slug, email, name, accessCode, seatTypes: [] };
    for (const seatType of seatTypes) await this.addSeatType(conference, seatType);
    return conference;
  }

  async publish(seatTypes: SeatTypeInput[], fields: object = {}): Promise<Conference> {
    const conference = await this.create(seatTypes, fields);
    await this.send('POST', `${managed(conference)}/publish`, {});
    return conference;
  }

  async addSeatType(conference: Conference, input: SeatTypeInput, translations: object = {}): Promise<void> {
    const body = {
      name: input.name,
      description: `${input.name}, with lunch`,
      price: { amount: input.price, currency: 'USD' },
      quota: input.quota,
      translations,
    };
    const made = await this.send<{ id: string; version: number }>(
      'POST',
      `${managed(conference)}/seat-types`,
      body,
    );
    conference.seatTypes.push({ ...input, id: made.id, version: made.version });
  }

  async addPromoCode(conference: Conference, code: PromoCode): Promise<void> {
    await this.send('POST', `${managed(conference)}/promo-codes`, code);
  }

  /** Changes how many seats of a type there are. */
  async setQuota(conference: Conference, name: string, quota: number): Promise<void> {
    const all = await this.send<SeatType[]>('GET', `${managed(conference)}/seat-types`);
    const found = all.find((it) => it.name === name);
    if (found === undefined) throw new Error(`${conference.slug} has no seat type called ${name}`);
    await this.send('PUT', `${managed(conference)}/seat-types/${found.id}`, { ...found, quota });
  }

  /** Changes how long seats are held, in seconds. */
  async setClocks(conference: Conference, clocks: { reservation_shown_s: number; reservation_buffer_s: number }): Promise<void> {
    const { version } = await this.send<{ version: number }>('GET', managed(conference));
    await this.send('PUT', managed(conference), { ...clocks, version });
  }

  async unpublish(conference: Conference, redirect_url?: string): Promise<void> {
    await this.send('POST', `${managed(conference)}/unpublish`, { redirect_url });
  }

  async attendees(conference: Conference): Promise<Attendee[]> {
    const page = await this.send<{ attendees: Attendee[] }>('GET', `${managed(conference)}/attendees?limit=500`);
    return page.attendees;
  }

  /** Lets somebody in at another door. */
  async checkIn(conference: Conference, order: Order, position: number): Promise<void> {
    await this.send('PUT', `${managed(conference)}/attendees/${order.id}/${position}/check-in`, {});
  }

  /** How often something was recorded. */
  async recorded(conference: Conference, type: string): Promise<number> {
    const page = await this.send<{ events: { type: string }[] }>('GET', `${managed(conference)}/history?limit=500`);
    return page.events.filter((event) => event.type === type).length;
  }

  async orders(conference: Conference): Promise<Order[]> {
    const page = await this.send<{ orders: Order[] }>('GET', `${managed(conference)}/orders`);
    return page.orders;
  }
}

function managed(conference: Conference): string {
  return `/api/management/conferences/${conference.slug}`;
}

function seatType(conference: Conference, name: string): SeatType {
  const found = conference.seatTypes.find((seatType) => seatType.name === name);
  if (found === undefined) throw new Error(`${conference.slug} has no seat type called ${name}`);
  return found;
}
