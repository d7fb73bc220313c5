//! The commands of the room: read the rows, decide, write the rows, announce.

use async_trait::async_trait;
use plenary_shared::conference as input;
use plenary_shared::{ConferenceId, SeatTypeId};
use uuid::Uuid;

use super::conference::{self, Conference, Refusal, SeatType, World};
use super::contracts::{Announcements, Event};
use super::promo_codes;
use super::store::{self, Access};
use crate::eventstore::NewEvent;
use crate::messaging::{Claim, Command, CommandId, Error, Failure, Outcome, Reactor, UnitOfWork};
use crate::registration::contracts as registration;

/// Creates a conference. It is decided before it is sent: its slug is claimed before it runs, and a slug claimed for
/// a conference that is then refused would be lost.
#[derive(Debug)]
pub struct CreateConference {
    conference: Conference,
    access: Access,
    events: Vec<Event>,
}

impl CreateConference {
    /// # Errors
    ///
    /// When the input breaks a rule.
    pub fn new(
        id: ConferenceId,
        input: &input::CreateConference,
        world: World,
        access: Access,
    ) -> Result<Self, Refusal> {
        let (conference, events) = conference::create(id, input, world)?;
        Ok(Self { conference, access, events })
    }

    /// The id of the conference that a named command creates. It is made from the name: a repeat must come to the same
    /// shard to find what was recorded there, and must own the slug that it claimed the first time.
    pub fn id_for(command: CommandId) -> ConferenceId {
        let builder = uuid::Builder::from_bytes(command.0.into_bytes());
        let builder = builder.with_variant(uuid::Variant::RFC4122).with_version(uuid::Version::SortRand);
        ConferenceId(builder.into_uuid())
    }
}

#[async_trait]
impl Command for CreateConference {
    fn name(&self) -> &'static str {
        "CreateConference"
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim { kind: "slug", entry: self.conference.slug.to_lowercase().into_bytes() }]
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let id = self.conference.id;
        // The same name long after its record was deleted.
        if store::conference(work.conn().await?, id).await?.is_some() {
            return Err(Refusal::SlugTaken.into());
        }
        store::insert_conference(work.write().await?, &self.conference, &self.access).await?;
        work.append::<Announcements>(id.0, self.events.clone()).await?;
        Ok(Outcome::new(201, id, self.conference.version))
    }
}

/// Changes a conference.
#[derive(Debug)]
pub struct UpdateConference {
    pub input: input::UpdateConference,
    pub world: World,
}

#[async_trait]
impl Command for UpdateConference {
    fn name(&self) -> &'static str {
        "UpdateConference"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        let (next, events) = conference::update(&conference, &seat_types, &self.input, self.world)?;
        let codes = promo_codes::promo_codes(work.conn().await?, conference.id).await?;
        promo_codes::may_change_currency(&codes, conference.details.currency, next.details.currency)?;
        keep(work, &conference, &next, events).await
    }
}

/// Shows a conference to the public.
#[derive(Debug)]
pub struct PublishConference;

#[async_trait]
impl Command for PublishConference {
    fn name(&self) -> &'static str {
        "PublishConference"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        let (next, events) = conference::publish(&conference, &seat_types);
        keep(work, &conference, &next, events).await
    }
}

/// Hides a conference from the public.
#[derive(Debug)]
pub struct UnpublishConference(pub input::Unpublish);

#[async_trait]
impl Command for UnpublishConference {
    fn name(&self) -> &'static str {
        "UnpublishConference"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, _) = load(work).await?;
        let (next, events) = conference::unpublish(&conference, self.0.redirect_url.as_deref())?;
        keep(work, &conference, &next, events).await
    }
}

/// Adds a seat type.
#[derive(Debug)]
pub struct CreateSeatType(pub input::SeatTypeInput);

#[async_trait]
impl Command for CreateSeatType {
    fn name(&self) -> &'static str {
        "CreateSeatType"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        let id = SeatTypeId(work.new_id());
        let (seat_type, events) = conference::create_seat_type(&conference, &seat_types, id, &self.0)?;
        store::insert_seat_type(work.write().await?, conference.id, &seat_type).await?;
        work.append::<Announcements>(conference.id.0, events).await?;
        Ok(Outcome::new(201, id, seat_type.seat.version))
    }
}

/// Changes a seat type.
#[derive(Debug)]
pub struct UpdateSeatType {
    pub id: SeatTypeId,
    pub input: input::SeatTypeInput,
}

#[async_trait]
impl Command for UpdateSeatType {
    fn name(&self) -> &'static str {
        "UpdateSeatType"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        let decided = conference::update_seat_type(&conference, &seat_types, self.id, &self.input);
        let (next, events) = decided?;
        if !seat_types.contains(&next) {
            store::update_seat_type(work.write().await?, &next).await?;
        }
        work.append::<Announcements>(conference.id.0, events).await?;
        Ok(Outcome::new(200, self.id, next.seat.version))
    }
}

/// Deletes a seat type that nobody has been told of.
#[derive(Debug)]
pub struct DeleteSeatType(pub SeatTypeId);

#[async_trait]
impl Command for DeleteSeatType {
    fn name(&self) -> &'static str {
        "DeleteSeatType"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        conference::delete_seat_type(&conference, &seat_types, self.0)?;
        let codes = promo_codes::promo_codes(work.conn().await?, conference.id).await?;
        promo_codes::may_delete_seat_type(&codes, self.0)?;
        store::delete_seat_type(work.write().await?, self.0).await?;
        Ok(Outcome::new(204, self.0, 0))
    }
}

/// Raises quotas by what an order needs that the organizer helps to its seats.
#[derive(Debug)]
pub struct QuotaRaiser;

#[async_trait]
impl Reactor for QuotaRaiser {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        for wanted in registration::seats_wanted(event).unwrap_or_default() {
            match raise_quota(work, wanted.seat_type_id, wanted.quantity).await {
                Ok(()) => {}
                Err(Failure::Failed(error)) => return Err(error),
                Err(Failure::Refused(problem)) => return Err(Error::ReactionRefused(problem.title)),
            }
        }
        Ok(())
    }
}

async fn raise_quota(work: &mut UnitOfWork<'_>, id: SeatTypeId, by: i64) -> Result<(), Failure> {
    let (conference, seat_types) = load(work).await?;
    let (next, events) = conference::raise_quota(&conference, &seat_types, id, by)?;
    store::update_seat_type(work.write().await?, &next).await?;
    work.append::<Announcements>(conference.id.0, events).await?;
    Ok(())
}

/// The rows of the conference that the command is for.
pub(super) async fn load(work: &mut UnitOfWork<'_>) -> Result<(Conference, Vec<SeatType>), Failure> {
    let id = work.conference_id();
    let conference = store::conference(work.conn().await?, id).await?.ok_or(Refusal::UnknownConference)?;
    let seat_types = store::seat_types(work.conn().await?, id, conference.details.currency).await?;
    Ok((conference, seat_types))
}

/// Stores the next version of a conference, if it is another, and announces it.
async fn keep(
    work: &mut UnitOfWork<'_>,
    conference: &Conference,
    next: &Conference,
    events: Vec<Event>,
) -> Result<Outcome, Failure> {
    if next != conference {
        store::update_conference(work.write().await?, next).await?;
    }
    work.append::<Announcements>(next.id.0, events).await?;
    Ok(Outcome::new(200, Uuid::from(next.id), next.version))
}
