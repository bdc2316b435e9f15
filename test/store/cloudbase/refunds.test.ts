import { describeOnCloudBase } from './promises';

describeOnCloudBase('refunds');
